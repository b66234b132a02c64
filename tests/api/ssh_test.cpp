// The control API: what it serves of SSH.
#include <catch2/catch.hpp>

#include "tests/api/api_site.hpp"

namespace tally::ssh_test {
using namespace tally::api_tests;

TEST_CASE("an instance is probed, and its host key trusted, by POST and by its percent-encoded ID", "[api]") {
  Site site;
  const HttpAnswer probed = get(site, "/v1/instances/cred/i%2F1%20%C3%A9/probe", "POST");
  CHECK(probed.status == 200);
  CHECK(probed.body.at("cloud_id").as_string() == "i/1 é");
  const HttpAnswer trusted = get(site, "/v1/instances/cred/i-1/trust-host-key?fingerprint=SHA256%3Aa%2Bb%2Fc", "POST");
  CHECK(trusted.status == 200);
  CHECK(trusted.body.at("status").as_string() == "trusted");
  CHECK(site.control().trusted_ == "i-1 SHA256:a+b/c");
}

TEST_CASE("what stands against a probe is told by the status", "[api]") {
  Site site;
  const auto [kind, status] = GENERATE(table<Errc, int>({{Errc::instance_not_found, 404},
                                                         {Errc::resource_not_found, 404},
                                                         {Errc::conflict, 409},
                                                         {Errc::service_unavailable, 503},
                                                         {Errc::internal, 500}}));
  Error refusal;
  refusal.kind = kind;
  refusal.message = "it does not run";
  site.control().refusal_ = refusal;
  for (const char* action : {"probe", "trust-host-key?fingerprint=x"}) {
    CAPTURE(action, status);
    const HttpAnswer answer = get(site, std::string("/v1/instances/cred/i-1/") + action, "POST");
    CHECK(answer.status == status);
    CHECK(answer.head.find("application/problem+json") != std::string::npos);
    CHECK(answer.body.at("detail").as_string() == "it does not run");
  }
}

TEST_CASE("actions on an instance take POST and their own parameters, and there are no others", "[api]") {
  const Site site;
  for (const std::string action : {"/probe?", "/trust-host-key?fingerprint=x&"}) {
    const HttpAnswer read = get(site, "/v1/instances/cred/i-1" + action);
    CHECK(read.status == 405);
    CHECK(read.head.find("Allow: POST") != std::string::npos);
    const HttpAnswer refused = get(site, "/v1/instances/cred/i-1" + action + "deep=1", "POST");
    CHECK(refused.status == 400);
    CHECK(refused.body.at("detail").as_string().starts_with("\"deep\" "));
  }
  CHECK(get(site, "/v1/instances/cred/i-1/polish", "POST").status == 404);
  CHECK(get(site, "/v1/instances/cred/i-1/probe/again", "POST").status == 404);
}

TEST_CASE("a host key is not trusted without its fingerprint", "[api]") {
  Site site;
  const HttpAnswer answer = get(site, "/v1/instances/cred/i-1/trust-host-key", "POST");
  CHECK(answer.status == 400);
  CHECK(answer.body.at("detail").as_string() == "\"fingerprint\" is missing");
  CHECK(site.control().trusted_.empty());
}

TEST_CASE("probes, host keys and bootstraps are listed and filtered", "[api]") {
  Site site;
  SshChanges changes;
  for (const bool is_ok : {true, false}) {
    ProbeRecord probe;
    probe.cloud_id = CloudId(is_ok ? "i-1" : "i-2");
    probe.stage = is_ok ? "auth" : "tcp";
    probe.is_ok = is_ok;
    probe.error = is_ok ? "" : "connection refused";
    probe.times[1] = 12ms;
    changes.probes.push_back(probe);
  }
  for (const HostKeyState key_state : {HostKeyState::pinned, HostKeyState::changed}) {
    const std::string fingerprint = "SHA256:" + std::string(to_string(key_state));
    changes.host_keys.push_back({CloudId("i-1"), "ssh-ed25519", fingerprint, "AAAA", key_state, now()});
  }
  BootstrapRecord bootstrap;
  bootstrap.cloud_id = CloudId("i-1");
  bootstrap.plan_sha256 = "abc";
  bootstrap.output = "{not JSON";
  changes.bootstraps = {bootstrap};
  site.world().catalog.apply(cred, changes);

  const auto items = [&site](const std::string& target) { return get(site, target).body.at("items").as_array(); };
  CHECK(items("/v1/ssh-probes").size() == 2);
  const json::value failed = items("/v1/ssh-probes?failed=true").at(0);
  CHECK(failed.at("cloud_id").as_string() == "i-2");
  CHECK(failed.at("tcp_ms").as_int64() == 12);
  CHECK(failed.at("auth_ms").is_null());
  CHECK(items("/v1/host-keys?cloud_id=i-1&limit=1").size() == 1);
  CHECK(items("/v1/host-keys?state=changed").at(0).at("fingerprint_sha256").as_string() == "SHA256:changed");
  CHECK(items("/v1/bootstraps?state=started").at(0).at("output").as_string() == "{not JSON");
  CHECK(items("/v1/bootstraps?credential=other").empty());
}

}  // namespace tally::ssh_test
