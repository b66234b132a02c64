// Every call that is made at FluidStack, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "providers/registry.hpp"
#include "runtime/base64.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"

namespace tally::fluidstack_judged_test {
using namespace tally::fakes;

TEST_CASE("FluidStack's requests are as the vendor describes them", "[.judged][fluidstack]") {
  const char* endpoint = std::getenv("TALLY_JUDGED_FLUIDSTACK");
  if (endpoint == nullptr) {
    WARN("TALLY_JUDGED_FLUIDSTACK is not set: nothing is judged");
    return;
  }
  World world;
  MemoryCache cache;
  Credential credential;
  credential.ref = CredentialRef("prod");
  credential.fields.emplace("api_key", Secret(std::string("any")));
  credential.endpoint = endpoint;
  const Provider& provider = *find_provider("fluidstack");
  const auto account =
      provider.open(AccountContext{credential, *world.client, world.budget, world.clock, world.rng, cache,
                                   world.context.get_executor(), Redactor(credential.fields, provider.description)});
  const auto run = [&world](auto task) { return run_task(world.context, std::move(task)); };
  const auto check = [](const auto& outcome) {
    if (!outcome) FAIL_CHECK(to_text(outcome.error()));
  };

  const auto places = run(account->locations());
  REQUIRE(places);
  REQUIRE(places->rows.size() == 1);
  const std::string region = places->rows[0]->name;
  const auto offering = run(account->instance_types({region}));
  REQUIRE(offering);
  REQUIRE_FALSE(offering->types.rows.empty());
  CHECK(offering->types.odd.empty());  // the capacity was there
  check(run(account->instances({region})));
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
  check(run(account->creates()->create(request)));
  const InstanceRef machine(CloudId("550e8400-e29b-41d4-a716-446655440000"), region);
  check(run(account->instance(machine)));
  check(run(account->stops_starts()->stop(machine)));
  check(run(account->stops_starts()->start(machine)));
  check(run(account->terminates()->terminate(machine)));
}

}  // namespace tally::fluidstack_judged_test
