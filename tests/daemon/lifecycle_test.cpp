// Machines made, looked for and ended by the real programs at simulated clouds, with a daemon that is killed on the
// way.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::daemon_lifecycle_test {
using namespace tally::fakes;

namespace {

/// The catalog has a listing's rows a moment before the daemon goes by them; its state comes last.
const std::string available =
    "FROM offers o WHERE is_available = 1 AND EXISTS (SELECT 1 FROM sync_states s WHERE s.syncer = 'instance_types' "
    "AND s.last_success_at_ms IS NOT NULL AND s.location IN ('', o.location))";

const std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChAqvNFNPZEMKpVgXgMlj3Rk0kS4bZ5o3wKkQvlW me";

struct Site {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  Cloud cloud;

  explicit Site(const std::string& provider)
      : cloud({"--provider", provider, "--api-key", "key", "--step", "0", "--no-ssh", "--instances", "3"}) {
    write_private(directory / "key.json", R"({"api_key": "key"})");
    write_private(directory / "key.pub", key + "\n");
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

  [[nodiscard]] RunOutcome tallyctl(std::vector<std::string> words) const {
    words.insert(words.begin(), {binary("tallyctl"), "--config", config.string()});
    return run(words);
  }

  /// What is sold stays, and machines take their steps when the test says so.
  void step(int count) const { command(cloud, "step", {{"n", count}}); }

  /// Of something that can be had, under that RefID.
  [[nodiscard]] RunOutcome create(const std::string& ref_id) const {
    const auto offer = Reader(state / "catalog.db").query("SELECT type, location " + available + " LIMIT 1").rows.at(0);
    const std::string type = sql_text(offer.at(0));
    const std::string location = sql_text(offer.at(1));
    return tallyctl({"create", "--credential", "sim", "--type", type, "--location", location, "--ref-id", ref_id,
                     "--public-key", (directory / "key.pub").string(), "--yes"});
  }
};

const std::string live = "FROM instances WHERE is_ended = 0 AND ref_id = ";

}  // namespace

TEST_CASE("a machine is made, found again after a kill, and ended, at every provider that does", "[daemon]") {
  const std::string provider = GENERATE(as<std::string>(), "lambda", "shadeform", "template");
  CAPTURE(provider);
  const Site site(provider);
  {
    Process daemon(site.daemon());
    site.await("count(*) > 0 " + available);
    const RunOutcome made = site.create("job-1");
    INFO(made.output);
    REQUIRE(made.exit_code == 0);
    CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "1");
    CHECK(site.text("SELECT state FROM operations WHERE kind = 'create'") == "succeeded");
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  Process daemon(site.daemon());
  daemon.read_until("syncing ");
  site.step(10);
  site.await("count(*) = 1 " + live + "'job-1' AND status = 'running'");
  const std::string id = site.text("SELECT cloud_id " + live + "'job-1'");
  const RunOutcome ended = site.tallyctl({"terminate", id, "--yes"});
  INFO(ended.output);
  CHECK(ended.exit_code == 0);
  site.step(10);
  const RunOutcome gone = site.tallyctl({"terminate", id, "--wait", "--yes"});
  INFO(gone.output);
  CHECK(gone.exit_code == 0);
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "0");
  CHECK(site.text("SELECT count(*) FROM operations WHERE finished_at_ms IS NULL") == "0");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a create whose answer is lost comes to one machine at most, and the journal has it", "[daemon]") {
  const std::string provider = GENERATE(as<std::string>(), "lambda", "shadeform", "template");
  const bool is_done = GENERATE(true, false);
  CAPTURE(provider, is_done);
  const Site site(provider);
  Process daemon(site.daemon());
  site.await("count(*) > 0 " + available);
  command(site.cloud, "fault", {{"kind", "reset"}, {"operation", "launch"}, {"done", is_done}});
  const RunOutcome made = site.create("job-1");
  INFO(made.output);
  site.await("count(*) = 1 FROM operations WHERE kind = 'create' AND finished_at_ms IS NOT NULL");
  const std::string state = site.text("SELECT state FROM operations WHERE kind = 'create'");
  const bool is_made = state == "succeeded" || state == "adopted";
  CHECK(is_made == (is_done || provider == "template"));  // which is asked again under the same token
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == (is_made ? "1" : "0"));
}

}  // namespace tally::daemon_lifecycle_test
