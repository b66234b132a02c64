// The calls that are made at Launchpad, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is. The mock's lists go in circles, as the description's
// examples do, so that no list of it is one, and only what needs none can be changed.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "providers/registry.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"

namespace tally::launchpad_judged_test {
using namespace tally::fakes;

TEST_CASE("Launchpad's requests are as the vendor describes them", "[.judged][launchpad]") {
  const char* endpoint = std::getenv("TALLY_JUDGED_LAUNCHPAD");
  if (endpoint == nullptr) {
    WARN("TALLY_JUDGED_LAUNCHPAD is not set: nothing is judged");
    return;
  }
  World world;
  MemoryCache cache;
  Credential credential;
  credential.ref = CredentialRef("prod");
  credential.fields.emplace("api_token", Secret(std::string("any")));
  credential.endpoint = endpoint;
  credential.options.emplace("stop_start", true);
  const Provider& provider = *find_provider("launchpad");
  const auto account =
      provider.open(AccountContext{credential, *world.client, world.budget, world.clock, world.rng, cache,
                                   world.context.get_executor(), Redactor(credential.fields, provider.description)});
  const auto run = [&world](auto task) { return run_task(world.context, std::move(task)); };
  const auto check = [](const auto& outcome) {
    if (!outcome) FAIL_CHECK(to_text(outcome.error()));
  };
  CHECK_FALSE(run(account->instance_types({})));
  CHECK_FALSE(run(account->instances({})));
  const InstanceRef machine(CloudId("5330c898-f3e7-4972-bfd0-1d438e3774d7"), "");
  check(run(account->instance(machine)));
  check(run(account->stops_starts()->stop(machine)));
  check(run(account->stops_starts()->start(machine)));
  check(run(account->terminates()->terminate(machine)));
}

}  // namespace tally::launchpad_judged_test
