// Every call that changes something at Shadeform, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is.
#include <catch2/catch.hpp>

#include "runtime/base64.hpp"
#include "tests/providers/judged_account.hpp"

namespace tally::shadeform_judged_test {
using namespace tally::fakes;

TEST_CASE("Shadeform's requests are as the vendor describes them", "[.judged][shadeform]") {
  const auto endpoint = judge_of("TALLY_JUDGED_SHADEFORM");
  if (!endpoint) return;
  JudgedAccount account("shadeform", *endpoint, "api_key");

  const auto offering = account.run(account->instance_types({}));
  REQUIRE(offering);
  REQUIRE_FALSE(offering->types.rows.empty());
  const InstanceType& type = *offering->types.rows.front();
  CreateRequest request;
  request.ref_id = RefId("judged");
  request.token = "token";
  request.name = "box";
  request.type = type.type;
  request.location = type.location;
  request.public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here";
  request.tags = {{"team", "research"}};
  request.environment = {{"TOKEN", "t"}};
  request.retire_in = std::chrono::hours(8);
  request.user_data_base64 = to_base64("#!/bin/sh\necho hello\n");
  account.check(account->creates()->create(request));
  const InstanceRef machine(CloudId("d290f1ee-6c54-4b01-90e6-d701748f0851"), type.location);
  account.check(account->reboots()->reboot(machine));
  const TagChanges changes = {{"team", "production"}, {"gone", std::nullopt}};
  account.check(account->updates_tags()->update_tags(machine, changes));
  account.check(account->lists_images()->list_images({}, {}));
  account.check(account->terminates()->terminate(machine));
  const Handle key{HandleKind::key, "78a0dd5a-dbb1-4568-b55c-5e7e0a8b0c40", "judged"};
  account.check(account->creates()->remove(key, type.location));
}

}  // namespace tally::shadeform_judged_test
