// Every call that changes something at Shadeform, once, at a mock server that judges each request by the vendor's own
// description: .ci/judge-requests, which says where it is.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "providers/registry.hpp"
#include "runtime/base64.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"

namespace tally::shadeform_judged_test {
using namespace tally::fakes;

TEST_CASE("Shadeform's requests are as the vendor describes them", "[.judged][shadeform]") {
  const char* endpoint = std::getenv("TALLY_JUDGED_SHADEFORM");
  if (endpoint == nullptr) {
    WARN("TALLY_JUDGED_SHADEFORM is not set: nothing is judged");
    return;
  }
  World world;
  MemoryCache cache;
  Credential credential;
  credential.ref = CredentialRef("prod");
  credential.fields.emplace("api_key", Secret(std::string("any")));
  credential.endpoint = endpoint;
  const Provider& provider = *find_provider("shadeform");
  const auto account =
      provider.open(AccountContext{credential, *world.client, world.budget, world.clock, world.rng, cache,
                                   world.context.get_executor(), Redactor(credential.fields, provider.description)});
  const auto run = [&world](auto task) { return run_task(world.context, std::move(task)); };
  const auto check = [](const auto& outcome) {
    if (!outcome) FAIL_CHECK(to_text(outcome.error()));
  };

  const auto offering = run(account->instance_types({}));
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
  const auto made = run(account->creates()->create(request));
  check(made);
  const InstanceRef machine(CloudId("d290f1ee-6c54-4b01-90e6-d701748f0851"), type.location);
  check(run(account->reboots()->reboot(machine)));
  const TagChanges changes = {{"team", "production"}, {"gone", std::nullopt}};
  check(run(account->updates_tags()->update_tags(machine, changes)));
  check(run(account->lists_images()->list_images({}, {})));
  check(run(account->terminates()->terminate(machine)));
  const Handle key{HandleKind::key, "78a0dd5a-dbb1-4568-b55c-5e7e0a8b0c40", "judged"};
  check(run(account->creates()->remove(key, type.location)));
}

}  // namespace tally::shadeform_judged_test
