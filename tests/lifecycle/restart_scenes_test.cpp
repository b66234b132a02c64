// What a service makes of what it finds at its start, and of lists that do not say all.
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::restart_scenes_test {
using namespace test;
using fakes::CreateFault;

TEST_CASE("a machine that was young when the service ended is not ended by what was known then", "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(6s);
  CHECK(world.status_of(world.alive().front()) == "pending");
  SECTION("it ran meanwhile") {
    world.restart(3h);
    world.advance(1min);
    CHECK(world.alive().size() == 1);
    CHECK(world.count("events WHERE kind = 'create_failed'") == 0);
  }
  SECTION("it never ran") {
    world.vendor.machines.begin()->second.fault = CreateFault::never_runs;
    world.restart(3h);
    world.advance(1min);
    CHECK(world.alive().size() == 1);  // it may have run, and be on its way again
    world.advance(20min);
    CHECK(world.alive().empty());
    CHECK(world.text("SELECT state FROM operations WHERE kind = 'create'") == "cleaned_up");
  }
}

TEST_CASE("a machine that fails long after its create, while nobody looked, is left alone", "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(6s);
  world.vendor.machines.begin()->second.row.status = LifecycleStatus::failed;
  world.restart(3h);
  world.advance(1h);
  CHECK(world.alive().size() == 1);
}

TEST_CASE("a clock that is set forward makes no machine late", "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(6s);
  world.process->clock.step_wall(1h);
  world.vendor.machines.begin()->second.made += 1h;  // the vendor's clock was not
  world.advance(10s);
  CHECK(world.alive().size() == 1);
}

TEST_CASE("an adoption that is cut off is one after the next start, and its machine lives", "[lifecycle]") {
  World world;
  world.vendor.make(world.create("job").what, CredentialRef("cred"), world.now());
  world.advance(30s);
  die_at(world, "create.begin.commit.after");
  Create create = world.create("job");
  create.what.retire_in = 2h;
  const Answered adopting = world.ask(create);
  world.advance(1s);
  on_failpoint = nullptr;
  CHECK(world.text("SELECT state FROM operations") == "started");
  world.restart();
  world.advance(1min);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
  CHECK(world.alive().size() == 1);
  world.advance(2h);
  CHECK(world.alive().empty());
}

TEST_CASE("while a list has rows that nobody can read, no machine is said not to be there", "[lifecycle]") {
  Setup setup = without_idempotency();
  setup.options.conclude_after = 3min;
  World world(setup);
  world.vendor.put(fakes::make_instance("i-other", "east", "h100", LifecycleStatus::running), world.now());
  world.vendor.has_unreadable_row = true;
  world.vendor.create_faults = {CreateFault::forgotten};
  const Answered asked = world.ask(world.create("job"));
  world.advance(9min);
  CHECK(world.text("SELECT state FROM operations") == "unknown");
  world.advance(3min);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
}

}  // namespace tally::lifecycle::restart_scenes_test
