// A simulated cloud and a configuration of it, for tests that have the real programs make and end machines.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

/// The catalog has a listing's rows a moment before the daemon goes by them; its state comes last.
inline const std::string available =
    "FROM offers o WHERE is_available = 1 AND EXISTS (SELECT 1 FROM sync_states s WHERE s.syncer = 'instance_types' "
    "AND s.last_success_at_ms IS NOT NULL AND s.location IN ('', o.location))";

inline const std::string any_public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW me";

inline const std::string live = "FROM instances WHERE is_ended = 0 AND ref_id = ";

struct LifecycleSite {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  Cloud cloud;

  explicit LifecycleSite(const std::string& provider)
      : cloud({"--provider", provider, "--api-key", "key", "--step", "0", "--no-ssh", "--instances", "3"}) {
    write_private(directory / "key.json", R"({"api_key": "key"})");
    write_private(directory / "key.pub", any_public_key + "\n");
    write_private(config, "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" +
                              (directory / "tallyd.sock").string() +
                              "\"\n[lifecycle]\nconclude_after = \"2s\"\n[[credential]]\nref = \"sim\"\nprovider = \"" +
                              provider + "\"\nfile = \"" + (directory / "key.json").string() + "\"\nendpoint = \"" +
                              cloud.endpoint() +
                              "\"\ninstance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n"
                              "[credential.ssh]\nprobe = false\n");
  }
  [[nodiscard]] std::vector<std::string> daemon() const { return {binary("tallyd"), "--config", config.string()}; }

  void await(const std::string& condition) const { await_catalog(state, condition); }

  [[nodiscard]] std::string text(const std::string& sql) const {
    const auto rows = Reader(state / "catalog.db").query(sql).rows;
    return rows.empty() ? std::string() : sql_text(rows.at(0).at(0));
  }

  [[nodiscard]] std::vector<std::string> command_line(std::vector<std::string> words) const {
    words.insert(words.begin(), {binary("tallyctl"), "--config", config.string()});
    return words;
  }
  [[nodiscard]] RunOutcome tallyctl(std::vector<std::string> words) const {
    return run(command_line(std::move(words)));
  }

  /// What is sold stays, and machines take their steps when the test says so.
  void step(int count) const { command(cloud, "step", {{"n", count}}); }

  /// Something that can be had, as options of create.
  [[nodiscard]] std::vector<std::string> what_can_be_had() const {
    const auto offer = Reader(state / "catalog.db").query("SELECT type, location " + available + " LIMIT 1").rows.at(0);
    return {"--credential", "sim", "--type", sql_text(offer.at(0)), "--location", sql_text(offer.at(1))};
  }

  [[nodiscard]] std::vector<std::string> creation(const std::string& ref_id, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"create", "--ref-id", ref_id, "--public-key", (directory / "key.pub").string(),
                                      "--yes"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// Of something that can be had, under that RefID.
  [[nodiscard]] RunOutcome create(const std::string& ref_id) const {
    return tallyctl(creation(ref_id, what_can_be_had()));
  }
};

}  // namespace tally::fakes
