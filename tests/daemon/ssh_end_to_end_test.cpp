// SSH from end to end: tallyd, tallyctl and the instances of a simulated cloud, as programs on real sockets.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::ssh_end_to_end_test {
using namespace tally::fakes;

namespace {

constexpr const char* api_key = "simulated-4711";

/// A cloud of one running instance, and a configuration that logs in there.
struct Site {
  TemporaryDirectory directory;
  std::filesystem::path key = made_key();
  Cloud cloud{{"--provider", "shadeform", "--api-key", api_key, "--step", "0", "--instances", "1",
               "--ssh-authorized-key", key.string() + ".pub"}};
  std::filesystem::path state = directory / "state";
  std::filesystem::path config = directory / "tallyd.toml";

  /// `bootstrap`: lines of [[credential.ssh.bootstrap]].
  explicit Site(const std::string& bootstrap = "") {
    command(cloud, "step", {{"n", 2}});  // until it has booted
    write_private(directory / "key.json", R"({"api_key": ")" + std::string(api_key) + "\"}");
    write_private(config, "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" +
                              (directory / "tallyd.sock").string() +
                              "\"\n[[credential]]\nref = \"sim\"\nprovider = \"shadeform\"\nfile = \"" +
                              (directory / "key.json").string() + "\"\nendpoint = \"" + cloud.endpoint() +
                              "\"\ninstance_interval = \"1s\"\n[credential.ssh]\nkey_file = \"" + key.string() +
                              "\"\nport = " + cloud.ssh_port() + "\nrecheck_interval = \"1s\"\n" + bootstrap);
  }
  [[nodiscard]] std::vector<std::string> daemon() const { return {binary("tallyd"), "--config", config.string()}; }
  void await(const std::string& condition) const { await_catalog(state, condition); }
  [[nodiscard]] std::string value(const std::string& sql) const {
    return sql_text(Reader(state / "catalog.db").query("SELECT " + sql).rows.at(0).at(0));
  }
  [[nodiscard]] RunOutcome tallyctl(std::vector<std::string> words) const {
    words.insert(words.begin(), {binary("tallyctl"), "--config", config.string()});
    return run(words);
  }
  void disturb(const std::string& fault) const { command(cloud, "ssh", {{"fault", fault}}); }

 private:
  [[nodiscard]] std::filesystem::path made_key() const {
    make_ssh_key(directory / "login", "");
    return directory / "login";
  }
};

const std::string reachable = "EXISTS (SELECT 1 FROM instances WHERE is_reachable = 1)";

std::size_t lines_of(const std::filesystem::path& file) {
  const std::string text = std::filesystem::exists(file) ? text_of(file) : "";
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("an instance is probed at an operator's request, its changed host key refused, trusted, and expected then",
          "[daemon][ssh]") {
  const Site site;
  Process daemon(site.daemon());
  site.await(reachable);
  const std::string instance = site.value("cloud_id FROM instances");

  const RunOutcome reached = site.tallyctl({"probe", instance});
  INFO(reached.output);
  CHECK(reached.exit_code == 0);
  for (const char* stage : {"tcp", "banner", "kex", "host_key", "auth"}) {
    CHECK_THAT(reached.output, Catch::Contains(stage));
  }
  const std::string before = site.value("fingerprint_sha256 FROM host_keys");
  CHECK_THAT(reached.output, Catch::Contains(before));
  const RunOutcome greeted = site.tallyctl({"ssh", instance, "--identity", site.key.string(), "--", "echo $((6 * 7))"});
  CHECK(greeted.output == "42\n");

  site.disturb("host_key");
  site.await("EXISTS (SELECT 1 FROM host_keys WHERE state = 'changed')");
  site.await("NOT " + reachable);
  const RunOutcome refused = site.tallyctl({"probe", instance});
  INFO(refused.output);
  CHECK(refused.exit_code == 1);
  const std::string after = site.value("fingerprint_sha256 FROM host_keys WHERE state = 'changed'");
  REQUIRE(after != before);
  CHECK_THAT(refused.output, Catch::Contains(before) && Catch::Contains(after) && Catch::Contains("host-key trust"));
  CHECK(site.tallyctl({"ssh", instance, "--identity", site.key.string(), "--", "true"}).exit_code != 0);

  const RunOutcome trusted = site.tallyctl({"host-key", "trust", instance, "--yes"});
  INFO(trusted.output);
  CHECK(trusted.exit_code == 0);
  site.await(reachable);
  CHECK(site.value("group_concat(state || ' ' || fingerprint_sha256) FROM host_keys") == "trusted " + after);
  CHECK(site.tallyctl({"probe", instance}).exit_code == 0);
  CHECK(site.tallyctl({"ssh", instance, "--identity", site.key.string(), "--", "true"}).exit_code == 0);

  site.disturb("unreachable");
  site.await("NOT " + reachable);
  CHECK(site.value("status FROM instances") == "running");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a machine is made until it is reachable, rebooted until it is back, and ended until it is gone",
          "[daemon][ssh]") {
  const Site site;
  const Process daemon(site.daemon());
  site.await("count(*) > 0 FROM best_offers WHERE usage_class = 'on-demand'");
  const std::string gpu = site.value("gpu_name FROM best_offers WHERE usage_class = 'on-demand' LIMIT 1");
  Process client({binary("tallyctl"), "--config", site.config.string(), "create", "--gpu", gpu, "--wait", "reachable",
                  "--ref-id", "job-1", "--public-key", site.key.string() + ".pub", "--yes"});
  client.read_until(" pending");
  command(site.cloud, "step", {{"n", 10}});
  const std::string made = client.read_all();
  INFO(made);
  CHECK(client.wait() == 0);
  CHECK_THAT(made, Catch::Contains(", reachable"));

  const RunOutcome rebooted = site.tallyctl({"reboot", "job-1", "--wait", "--yes"});
  INFO(rebooted.output);
  CHECK(rebooted.exit_code == 0);
  CHECK_THAT(rebooted.output, Catch::Contains("answers again"));

  Process ending({binary("tallyctl"), "--config", site.config.string(), "terminate", "job-1", "--wait", "--yes"});
  await_count(site.cloud, "operations", "terminate", 1);
  command(site.cloud, "step", {{"n", 10}});
  const std::string gone = ending.read_all();
  INFO(gone);
  CHECK(ending.wait() == 0);
  CHECK(site.value("count(*) FROM operations WHERE finished_at_ms IS NULL") == "0");
}

TEST_CASE("a daemon killed again and again in the middle of a bootstrap completes it, once", "[daemon][ssh]") {
  const TemporaryDirectory seen;
  const std::string script = "#!/bin/sh\necho begun >>" + (seen / "begun").string() + "\nwhile [ ! -e " +
                             (seen / "go").string() + " ]; do sleep 0.05; done\necho ended >>" +
                             (seen / "ended").string() + "\ncat \"$HOME/.ssh/authorized_keys\" >" +
                             (seen / "keys").string() + "\necho all set\n";
  write_private(seen / "script", script);
  make_ssh_key(seen / "admin", "");
  const std::string admin = text_of(seen / "admin.pub");
  const Site site("[[credential.ssh.bootstrap]]\nadmin_keys_file = \"" + (seen / "admin.pub").string() +
                  "\"\nscript = \"" + (seen / "script").string() + "\"\n");

  std::mt19937 random(GENERATE(1U, 2U, 3U));
  for (int round = 0; round < 12; ++round) {
    Process daemon(site.daemon());
    // Some die before the instance is seen, some in a contact, and some when the script goes on without them; in the
    // last rounds it ends while nobody watches, or while somebody does.
    if (round % 3 == 1) site.await("EXISTS (SELECT 1 FROM bootstraps)");
    if (round % 3 == 2) {
      await("a script that begins", [&seen] { return lines_of(seen / "begun") != 0; });
    }
    if (round == 9) write_private(seen / "go", "");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    daemon.signal(SIGKILL);
    CHECK(daemon.wait() == 128 + SIGKILL);
  }
  Process daemon(site.daemon());
  daemon.read_until("syncing");
  site.await("EXISTS (SELECT 1 FROM bootstraps WHERE state = 'done')");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);

  CHECK(lines_of(seen / "begun") == 1);
  CHECK(lines_of(seen / "ended") == 1);
  CHECK(text_of(seen / "keys") == admin);
  CHECK(site.value("exit_status || ' ' || output FROM bootstraps") == "0 all set\n");
  CHECK(site.value("count(*) FROM events WHERE kind LIKE 'bootstrap%'") == "1");
}

}  // namespace tally::ssh_end_to_end_test
