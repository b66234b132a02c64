// What a reload, or the end of a credential, finds under way.
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::reload_scenes_test {
using namespace test;
using fakes::CreateFault;

TEST_CASE("a session that is replaced lives while a create waits for its answer or its list, and no longer",
          "[lifecycle]") {
  World world(without_idempotency());
  Process& process = *world.process;
  std::string outcome;
  SECTION("the provider's answer") {
    world.vendor.create_faults = {CreateFault::late};
    outcome = "succeeded";
  }
  SECTION("a list of its machines") {
    process.account.is_cut_off = true;
    outcome = "unknown";
  }
  const Answered asked = world.ask(world.create("job"));
  const std::weak_ptr<void> replaced = process.lender;
  world.advance(1s);
  process.reload(world.setup);
  CHECK_FALSE(replaced.expired());
  process.account.is_cut_off = false;
  world.advance(2min);
  CHECK(replaced.expired());
  CHECK_FALSE(process.lender.expired());
  CHECK(world.text("SELECT state FROM operations") == outcome);
}

TEST_CASE("a credential is needed until what was made with a machine that somebody else ended is removed",
          "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(30s);
  const CloudId id = world.alive().front();
  const auto is_busy = [&world] { return world.process->service->is_busy(CredentialRef("cred")); };
  CHECK_FALSE(is_busy());
  world.vendor.machines.at(id).ended = world.now();
  int looks = 0;  // at parts of an ended machine that nobody has begun to remove
  for (int i = 0; i < 120 && !world.vendor.parts.empty(); ++i) {
    world.advance(500ms);
    if (world.count("instances WHERE is_ended = 1") == 0 || world.vendor.parts.empty()) continue;
    CHECK(is_busy());
    if (world.text("SELECT state FROM operation_resources") == "in_use") ++looks;
  }
  CHECK(looks > 0);
  CHECK(world.vendor.parts.empty());
  world.advance(10s);
  CHECK_FALSE(is_busy());
}

}  // namespace tally::lifecycle::reload_scenes_test
