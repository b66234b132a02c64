// A provider's daemon and simulated cloud as programs: its machines take their steps when the test says so.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "providers/registry.hpp"
#include "simcloud/face.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/await.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::fakes {

/// The providers whose APIs the simulated cloud speaks; in a slow build every third one, for what differs between them
/// has tests of its own.
inline std::vector<std::string> simulated_providers() {
  std::vector<std::string> names;
  const auto& faces = simcloud::faces();
  for (std::size_t i = 0; i < faces.size(); i += is_slow_build ? 3 : 1) names.emplace_back(faces[i]->provider);
  return names;
}

inline bool can(const std::string& provider, std::string_view ability) {
  const Capabilities& all = find_provider(provider)->description.capabilities;
  return std::count(all.begin(), all.end(), ability) == 1;
}

/// The credential's JSON and its part of a configuration, as an operator would write them.
class WrittenCredential {
 public:
  WrittenCredential(const std::string& provider, const std::string& address, const std::string& api_key) {
    const Credential credential = simcloud::credential_at(*simcloud::find_face(provider), address, api_key);
    boost::json::object fields;
    for (const auto& [name, value] : credential.fields) fields[name] = std::string(value.reveal());
    json = boost::json::serialize(fields);
    toml = "provider = \"" + provider + "\"\n";
    if (!credential.endpoint.empty()) toml += "endpoint = \"" + credential.endpoint + "\"\n";
    for (const auto& [name, value] : credential.options) options += name + " = " + toml_of(value) + "\n";
  }

  std::string json;
  std::string toml;
  std::string options;  // of [credential.options]

 private:
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }
  static std::string toml_of(const OptionValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
    std::string table;
    for (const auto& [key, text] : std::get<OptionTable<std::string>>(value)) {
      table += (table.empty() ? "" : ", ") + key + " = " + quoted(text);
    }
    return "{ " + table + " }";
  }
};

inline const std::string any_public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW me";

class ProviderCloud {
 public:
  explicit ProviderCloud(const std::string& provider, int regions = 3, int instances = 3)
      : cloud({"--provider", provider, "--api-key", "key", "--step", "0", "--no-ssh", "--regions",
               std::to_string(regions), "--instances", std::to_string(instances)}) {
    const WrittenCredential written(provider, cloud.endpoint(), "key");
    write_private(directory / "key.json", written.json);
    write_private(directory / "key.pub", any_public_key + "\n");
    write_private(config, "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" + socket.string() +
                              "\"\n[lifecycle]\nconclude_after = \"2s\"\n[[credential]]\nref = \"sim\"\nfile = \"" +
                              (directory / "key.json").string() + "\"\n" + written.toml +
                              "instance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n[credential.options]\n" +
                              written.options + "[credential.ssh]\nprobe = false\n");
  }

  [[nodiscard]] std::vector<std::string> daemon() const { return {binary("tallyd"), "--config", config.string()}; }

  [[nodiscard]] std::vector<std::string> tallyctl(std::vector<std::string> words) const {
    words.insert(words.begin(), {binary("tallyctl"), "--config", config.string()});
    return words;
  }

  void await_offers() const { await("count(*) > 0 " + available); }

  /// Options of create: something that can be had, once it is listed.
  [[nodiscard]] std::vector<std::string> what_can_be_had() const {
    await_offers();
    const auto offer = Reader(state / "catalog.db").query("SELECT type, location " + available + " LIMIT 1").rows.at(0);
    return {"--credential", "sim", "--type", sql_text(offer.at(0)), "--location", sql_text(offer.at(1))};
  }

  [[nodiscard]] std::vector<std::string> creation(const std::string& ref_id, std::vector<std::string> more) const {
    std::vector<std::string> words = {"create", "--ref-id", ref_id, "--public-key", (directory / "key.pub").string(),
                                      "--yes"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  [[nodiscard]] std::vector<std::string> create(const std::string& ref_id) const {
    return tallyctl(creation(ref_id, what_can_be_had()));
  }

  void await(const std::string& condition) const { await_catalog(state, condition); }
  /// Has the cloud go on until the catalog says so.
  void step_until(const std::string& condition) const {
    fakes::await(condition, [&] {
      if (text("SELECT " + condition) == "1") return true;
      step(1);
      return false;
    });
  }
  [[nodiscard]] std::string text(const std::string& sql) const {
    const auto rows = Reader(state / "catalog.db").query(sql).rows;
    return rows.empty() ? std::string() : sql_text(rows.at(0).at(0));
  }

  void step(int count) const { command(cloud, "step", {{"n", count}}); }
  void fault(const boost::json::object& fault) const { command(cloud, "fault", fault); }

  /// Machines that calls have made, and that have not ended.
  [[nodiscard]] int ordered() const {
    int count = 0;
    const boost::json::value truth = look(cloud, "truth");
    for (const boost::json::value& machine : truth.at("instances").as_array()) {
      const auto& status = machine.at("status").as_string();
      if (machine.at("is_ordered").as_bool() && status != "terminating" && status != "terminated") ++count;
    }
    return count;
  }
  /// How many keys, scripts, firewalls the account has.
  [[nodiscard]] std::size_t left(const char* what) const { return look(cloud, "truth").at(what).as_array().size(); }

  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  std::filesystem::path socket = directory / "tallyd.sock";
  Cloud cloud;

 private:
  /// The catalog has a listing's rows a moment before the daemon goes by them; its state comes last.
  static inline const std::string available =
      "FROM offers o WHERE is_available = 1 AND usage_class = 'on-demand' AND EXISTS (SELECT 1 FROM sync_states s "
      "WHERE "
      "s.syncer = 'instance_types' AND s.last_success_at_ms IS NOT NULL AND s.location IN ('', o.location))";
};

}  // namespace tally::fakes
