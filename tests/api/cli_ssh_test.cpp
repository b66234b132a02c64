// tallyctl probe and host-key trust against a control API.
#include <catch2/catch.hpp>

#include "tests/api/cli_site.hpp"

namespace tally::cli_ssh_test {
using namespace tally::api_tests;

TEST_CASE("a probe shows what the daemon answers, and its exit code says whether it came through", "[cli]") {
  CliSite site;
  ProbeRecord& record = site.control().contact_.record;
  record.host = "192.0.2.1";
  record.stage = "tcp";
  record.is_ok = false;
  record.error = "no route";
  const Ran failed = site.run({"probe", "i/1 é"});
  CHECK(failed.exit_code == 1);
  CHECK(failed.says("(i/1 é) at 192.0.2.1: not reachable: no route"));
  record.is_ok = true;
  CHECK(site.run({"probe", "i/1 é"}).exit_code == 0);
  const Ran row = site.run({"probe", "i/1 é", "-o", "json"});
  CHECK(row.rows().at(0).at("cloud_id") == "i/1 é");
  CHECK(row.rows().at(0).at("is_ok") == 1);
}

TEST_CASE("what the daemon refuses is told", "[cli]") {
  CliSite site;
  Error refusal;
  refusal.kind = Errc::conflict;
  refusal.message = "it does not run";
  site.control().refusal_ = refusal;
  const Ran ran = site.run({"probe", "i/1 é"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.empty());
  CHECK(ran.err.find("it does not run") != std::string::npos);
}

TEST_CASE("the changed host key that was looked at is trusted by the daemon", "[cli]") {
  CliSite site;
  SshChanges changes;
  for (const HostKeyState key_state : {HostKeyState::pinned, HostKeyState::changed}) {
    const std::string fingerprint = "SHA256:" + std::string(to_string(key_state));
    changes.host_keys.push_back({CloudId("i/1 é"), "ssh-ed25519", fingerprint, "AAAA", key_state, now()});
  }
  site.world().catalog.apply(cred, changes);
  const Ran ran = site.run({"host-key", "trust", "i/1 é", "--yes"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.ends_with("trusted\n"));
  CHECK(site.control().trusted_ == "i/1 é SHA256:changed");
}

}  // namespace tally::cli_ssh_test
