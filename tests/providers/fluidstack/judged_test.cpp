// Every call that is made at FluidStack, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is.
#include <catch2/catch.hpp>

#include "runtime/base64.hpp"
#include "tests/providers/judged_account.hpp"

namespace tally::fluidstack_judged_test {
using namespace tally::fakes;

TEST_CASE("FluidStack's requests are as the vendor describes them", "[.judged][fluidstack]") {
  const auto endpoint = judge_of("TALLY_JUDGED_FLUIDSTACK");
  if (!endpoint) return;
  JudgedAccount account("fluidstack", *endpoint, "api_key");

  const auto places = account.run(account->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 1);
  const std::string region = places->rows[0]->name;
  const auto offering = account.run(account->instance_types({region}));
  REQUIRE(offering);
  REQUIRE_FALSE(offering->types.rows.empty());
  CHECK(offering->types.odd.empty());  // the capacity was there
  account.check(account->instances({region}));
  CreateRequest request;
  request.ref_id = RefId("judged");
  request.token = "token";
  request.name = "box";
  request.type = offering->types.rows.front()->type;
  request.location = region;
  request.public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here";
  request.tags = {{"team", "research"}};
  request.is_spot = true;
  request.user_data_base64 = to_base64("#!/bin/sh\necho hello\n");
  account.check(account->creates()->create(request));
  const InstanceRef machine(CloudId("550e8400-e29b-41d4-a716-446655440000"), region);
  account.check(account->instance(machine));
  account.check(account->stops_starts()->stop(machine));
  account.check(account->stops_starts()->start(machine));
  account.check(account->terminates()->terminate(machine));
}

}  // namespace tally::fluidstack_judged_test
