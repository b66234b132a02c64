// When two requests are the same, and what makes a token.
#include "lifecycle/requests.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/fakes/money.hpp"

namespace tally::lifecycle::requests_test {
namespace {

Create create() {
  Create one;
  one.credential = CredentialRef("cred");
  one.what.ref_id = RefId("job-1");
  one.what.type = "h100";
  one.what.location = "east";
  one.what.public_key = "ssh-ed25519 AAAA";
  one.what.firewall.ingress = {{"", 443, 443, {"10.0.0.0/8", "192.168.0.0/16"}}, {"", 80, 80, {}}};
  return one;
}

}  // namespace

TEST_CASE("requests that ask for the same have one digest, whatever the order of rules and ranges", "[lifecycle]") {
  Create other = create();
  std::swap(other.what.firewall.ingress[0], other.what.firewall.ingress[1]);
  std::swap(other.what.firewall.ingress[1].ip_ranges[0], other.what.firewall.ingress[1].ip_ranges[1]);
  other.what.token = "of another attempt";
  CHECK(digest_of(create()) == digest_of(other));
}

TEST_CASE("each field of a create makes another digest", "[lifecycle]") {
  const std::string before = digest_of(create());
  const std::vector<void (*)(Create&)> changes = {
      [](Create& one) { one.credential = CredentialRef("other"); },
      [](Create& one) { one.what.ref_id = RefId("job-2"); },
      [](Create& one) { one.what.name = "n"; },
      [](Create& one) { one.what.type = "a100"; },
      [](Create& one) { one.what.location = "west"; },
      [](Create& one) { one.what.sub_location = "a"; },
      [](Create& one) { one.what.is_spot = true; },
      [](Create& one) { one.what.image_id = "i"; },
      [](Create& one) { one.what.disk_size = Bytes(1); },
      [](Create& one) { one.what.additional_disks = {Disk{Bytes(1), "ssd", "/d"}}; },
      [](Create& one) { one.what.uses_multi_attach_volume = true; },
      [](Create& one) { one.what.vpc_id = "v"; },
      [](Create& one) { one.what.subnet_id = "v"; },
      [](Create& one) { one.what.uses_persistent_ip = true; },
      [](Create& one) { one.what.firewall.egress = one.what.firewall.ingress; },
      [](Create& one) { one.what.public_key += " c"; },
      [](Create& one) { one.what.key_pair_name = "k"; },
      [](Create& one) { one.what.user_data_base64 = "aGk="; },
      [](Create& one) { one.what.environment = {{"A", ""}}; },
      [](Create& one) { one.what.tags = {{"A", ""}}; },
      [](Create& one) { one.what.retire_in = std::chrono::seconds(60); },
      [](Create& one) { one.max_price = fakes::cents(100); },
  };
  std::vector<std::string> digests{before};
  for (const auto& change : changes) {
    Create other = create();
    change(other);
    digests.push_back(digest_of(other));
  }
  std::sort(digests.begin(), digests.end());
  CHECK(std::adjacent_find(digests.begin(), digests.end()) == digests.end());
}

TEST_CASE("calls about one machine of different kinds are different, where it is looked for is not", "[lifecycle]") {
  const Machine machine{CredentialRef("cred"), CloudId("i-1"), ""};
  const Machine narrowed{CredentialRef("cred"), CloudId("i-1"), "east"};
  CHECK(digest_of(Terminate{machine}) == digest_of(Terminate{narrowed}));
  CHECK(digest_of(Terminate{machine}) != digest_of(Stop{machine}));
  CHECK(digest_of(UpdateTags{machine, {{"a", std::nullopt}}}) != digest_of(UpdateTags{machine, {{"a", ""}}}));
  CHECK(kind_of(Retire{machine, std::nullopt}) == OperationKind::retire);
  CHECK(kind_of(AddFirewallRules{machine, {}}) == OperationKind::add_firewall_rules);
  CHECK(credential_of(Stop{machine}) == machine.credential);
}

TEST_CASE("a token differs with the credential, the RefID, its generation and the attempt", "[lifecycle]") {
  const CredentialRef cred("c");
  const std::string token = token_of(cred, RefId("r"), 0, 0);
  CHECK(token.size() == 64);
  CHECK(token == token_of(cred, RefId("r"), 0, 0));
  CHECK(token != token_of(CredentialRef("d"), RefId("r"), 0, 0));
  CHECK(token != token_of(cred, RefId("s"), 0, 0));
  CHECK(token != token_of(cred, RefId("r"), 1, 0));
  CHECK(token != token_of(cred, RefId("r"), 0, 1));
}

}  // namespace tally::lifecycle::requests_test
