// Creates, one scene each: a world, one thing that happens, what must hold.
#include <catch2/catch.hpp>

#include "tests/fakes/money.hpp"
#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::create_scenes_test {
using namespace test;
using fakes::CreateFault;
using fakes::EndFault;

namespace {

/// While it is full no commit succeeds.
void fill_disk(World& world, bool is_full) {
  using Hook = int (*)(void*);
  world.process->catalog.on_commit(is_full ? Hook([](void*) { return 1; }) : Hook(), nullptr);
}

}  // namespace

TEST_CASE("a create is journaled before the call, answered, and in the tally at once", "[lifecycle]") {
  World world;
  const Checked<Progress> made = world.outcome(world.create("job"));
  REQUIRE(made);
  CHECK(made->operation.state == OperationState::succeeded);
  CHECK_FALSE(made->was_over);
  REQUIRE(world.alive().size() == 1);
  CHECK(made->operation.cloud_id == world.alive().front());
  CHECK(world.text("SELECT state || ' ' || attempts FROM operations") == "succeeded 1");
  CHECK(world.count("instances WHERE ref_id = 'job'") == 1);
  CHECK(world.text("SELECT state FROM operation_resources") == "in_use");
  CHECK(world.text("SELECT group_concat(kind) FROM (SELECT kind FROM events WHERE subject_kind = 'operation' ORDER BY "
                   "id)") == "operation_started,operation_finished");
}

TEST_CASE("the same request gets the machine it has, another one is a conflict", "[lifecycle]") {
  World world;
  const Checked<Progress> first = world.outcome(world.create("job"));
  const Checked<Progress> second = world.outcome(world.create("job"));
  CHECK(second->was_over);
  CHECK(second->operation.id == first->operation.id);
  Create other = world.create("job");
  other.what.name = "another";
  CHECK(world.state_of(other) == "refused conflict");
  CHECK(world.vendor.calls["create"] == 1);
}

TEST_CASE("fifty creates of one RefID at once are one create", "[lifecycle]") {
  World world;
  std::vector<Answered> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(world.ask(world.create("job")));
  world.advance(5s);
  for (const Answered& answer : answers) {
    REQUIRE(answer->has_value());
    REQUIRE((*answer)->has_value());
    CHECK((**answer)->operation.state == OperationState::succeeded);
    CHECK((**answer)->operation.id == (**answers.front())->operation.id);
  }
  CHECK(world.vendor.calls["create"] == 1);
  CHECK(world.count("operations") == 1);
}

TEST_CASE("a lost answer of an idempotent vendor is asked for again under the same token", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::lost};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  CHECK(world.alive().size() == 1);
  REQUIRE(world.vendor.tokens.size() == 2);
  CHECK(world.vendor.tokens[0] == world.vendor.tokens[1]);
}

TEST_CASE("without idempotency a lost answer is found in a complete listing, and adopted", "[lifecycle]") {
  World world(without_idempotency());
  world.vendor.create_faults = {CreateFault::lost};
  CHECK(world.state_of(world.create("job"), 20s) == "adopted");
  CHECK(world.vendor.calls["create"] == 1);
  CHECK(world.text("SELECT cloud_id FROM operations") == world.alive().front().str());
}

TEST_CASE("a machine that is listed late is adopted when it comes", "[lifecycle]") {
  World world(without_idempotency());
  world.vendor.create_faults = {CreateFault::unlisted};
  CHECK(world.state_of(world.create("job")) == "unknown");
  world.advance(3min);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
}

TEST_CASE("not there is concluded after complete listings of that long, and not before", "[lifecycle]") {
  World world(without_idempotency());
  world.vendor.create_faults = {CreateFault::lost_unmade};
  CHECK(world.state_of(world.create("job")) == "unknown");
  world.advance(9min);
  CHECK(world.text("SELECT state FROM operations") == "unknown");
  CHECK(world.text("SELECT finished_at_ms FROM operations").empty());
  world.advance(2min);
  CHECK(world.text("SELECT state FROM operations") == "cleaned_up");
  SECTION("and the RefID may be used again, as another generation") {
    CHECK(world.state_of(world.create("job")) == "succeeded");
    CHECK(world.vendor.tokens[0] != world.vendor.tokens[1]);
    CHECK(world.vendor.requests[1].generation == 1);
  }
}

TEST_CASE("a machine that comes after its create was given up is ended", "[lifecycle]") {
  Setup setup = without_idempotency();
  setup.options.conclude_after = 10s;
  World world(setup);
  world.vendor.create_faults = {CreateFault::unlisted};
  CHECK(world.state_of(world.create("job"), 60s) == "cleaned_up");
  world.advance(4min);
  CHECK(world.alive().empty());
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "succeeded");
}

TEST_CASE("a machine from before the journal's first create of its RefID is left alone", "[lifecycle]") {
  World world(without_idempotency());
  fakes::FakeVendor::Machine& old =
      world.vendor.make(world.create("job").what, CredentialRef("cred"), world.now() - 1h);
  const CloudId id = old.row.cloud_id;
  SECTION("when a create of it comes to nothing before it is listed") {
    old.listed_from = world.now() + 1min;
    world.vendor.create_faults = {CreateFault::no_quota};
    CHECK(world.state_of(world.create("job")) == "failed");
    world.advance(3min);
  }
  SECTION("when a create of it looks for its own machine") {
    world.vendor.create_faults = {CreateFault::lost};
    CHECK(world.state_of(world.create("job"), 20s) == "adopted");
    CHECK(world.text("SELECT cloud_id FROM operations WHERE kind = 'create'") != id.str());
    world.advance(3min);
  }
  CHECK(world.count("instances WHERE is_ended = 0 AND cloud_id = '" + id.str() + "'") == 1);
  CHECK_FALSE(world.vendor.machines.at(id).ended);
  CHECK(world.text("SELECT cloud_id FROM orphans WHERE reason = 'not_in_journal'") == id.str());
}

TEST_CASE("what is half made is removed, and the create is cleaned up", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::partly};
  world.vendor.parts_refused = 1;
  CHECK(world.state_of(world.create("job")) == "unknown");
  world.advance(1min);
  CHECK(world.vendor.parts.empty());
  world.advance(11min);
  CHECK(world.text("SELECT state || ' ' || error_kind FROM operations") == "cleaned_up service_unavailable");
  CHECK(world.text("SELECT state FROM operation_resources") == "removed");
}

TEST_CASE("a part that bears the RefID's name stays for a newer create that uses it, and goes with its machine",
          "[lifecycle]") {
  World world;
  world.vendor.name_of_all_keys = "job";
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(30s);
  world.vendor.parts_refused = 1;  // of the first one: it is tried again when the next machine is there
  CHECK(world.state_of(Terminate{World::machine(world.alive().front())}, 60s) == "succeeded");
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(5min);
  CHECK(world.vendor.parts.size() == 1);
  CHECK(world.state_of(Terminate{World::machine(world.alive().front())}, 60s) == "succeeded");
  world.advance(30min);
  CHECK(world.vendor.parts.empty());
  CHECK(world.count("operation_resources WHERE state <> 'removed'") == 0);
}

TEST_CASE("a create that makes two machines has both ended", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::two};
  world.state_of(world.create("job"));
  world.advance(2min);
  CHECK(world.alive().empty());
  CHECK(world.vendor.parts.empty());
  CHECK(world.text("SELECT state || ' ' || error_kind FROM operations WHERE kind = 'create'") == "cleaned_up internal");
}

TEST_CASE("an answer that comes after the client has left is recorded", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::late};
  CHECK(world.state_of(world.create("job")) == "started");
  world.advance(1min);
  CHECK(world.text("SELECT state FROM operations") == "succeeded");
}

TEST_CASE("zones are tried in order, each with its own token, after a certain refusal only", "[lifecycle]") {
  World world;
  SECTION("for want of resources") {
    world.vendor.create_faults = {CreateFault::no_capacity};
    CHECK(world.state_of(world.create("job", "")) == "succeeded");
    REQUIRE(world.vendor.requests.size() == 2);
    CHECK(world.vendor.requests[0].sub_location == "a");
    CHECK(world.vendor.requests[1].sub_location == "b");
    CHECK(world.vendor.requests[0].token != world.vendor.requests[1].token);
    CHECK(world.count("holds WHERE sub_location = 'a'") == 1);
  }
  SECTION("not for another reason") {
    world.vendor.create_faults = {CreateFault::no_quota};
    CHECK(world.state_of(world.create("job", "")) == "failed");
    CHECK(world.vendor.requests.size() == 1);
    CHECK(world.text("SELECT error_kind FROM operations") == "out_of_quota");
  }
}

TEST_CASE("a type without capacity is held until a listing that began later has some", "[lifecycle]") {
  World world;
  world.advance(5s);
  world.vendor.create_faults = {CreateFault::no_capacity};
  CHECK(world.state_of(world.create("job")) == "failed");
  CHECK(world.count("events WHERE kind = 'type_held'") == 1);
  const Checked<Progress> held = world.outcome(world.create("job"));
  REQUIRE_FALSE(held);
  CHECK(held.error().error.kind == Errc::insufficient_resources);
  CHECK(held.error().error.retry_after);
  CHECK(world.vendor.calls["create"] == 1);
  SECTION("also over a restart") {
    world.restart();
    CHECK(world.state_of(world.create("job"), 1s) == "refused insufficient_resources");
  }
  world.advance(70s);
  CHECK(world.count("events WHERE kind = 'type_released'") == 1);
  CHECK(world.state_of(world.create("job")) == "succeeded");
}

TEST_CASE("a machine that fails before it ran is ended, and its create is cleaned up", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::fails_later};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(2min);
  CHECK(world.alive().empty());
  CHECK(world.vendor.parts.empty());
  CHECK(world.text("SELECT state || ' ' || error_kind FROM operations WHERE kind = 'create'") ==
        "cleaned_up insufficient_resources");
  CHECK(world.count("events WHERE kind = 'create_failed'") == 1);
  CHECK(world.count("events WHERE kind = 'type_held'") == 1);
}

TEST_CASE("a machine that is not running in time is ended", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::never_runs};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(19min);
  CHECK(world.alive().size() == 1);
  world.advance(3min);
  CHECK(world.alive().empty());
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'create'") == "cleaned_up");
}

TEST_CASE("a machine in a state that nobody knows is not ended for not running in time", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::never_runs};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(10s);
  world.vendor.machines.begin()->second.row.status = std::nullopt;
  world.advance(1h);
  CHECK(world.alive().size() == 1);
  world.vendor.machines.begin()->second.row.status = LifecycleStatus::pending;
  world.advance(10s);
  CHECK(world.alive().empty());
}

TEST_CASE("a machine that has run is never ended for failing", "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(1min);
  world.vendor.machines.begin()->second.row.status = LifecycleStatus::failed;
  world.advance(1h);
  CHECK(world.alive().size() == 1);
}

TEST_CASE("a machine of ours that the journal does not know is adopted by the same request", "[lifecycle]") {
  World world;
  CreateRequest what = world.create("job").what;
  std::string state = "adopted";
  SECTION("if it is what is asked for") {}
  SECTION("not if it is of another type") {
    what.type = "a100";
    state = "refused conflict";
  }
  world.vendor.make(what, CredentialRef("cred"), world.now());
  world.advance(10s);
  CHECK(world.state_of(world.create("job")) == state);
  CHECK(world.vendor.calls["create"] == 0);
}

TEST_CASE("a machine that was there before is not ended for what it is in when it is adopted", "[lifecycle]") {
  Setup setup;
  setup.stops_what_fails = true;
  World world(setup);
  Instance& row = world.vendor.make(world.create("job").what, CredentialRef("cred"), world.now()).row;
  row.status = GENERATE(LifecycleStatus::stopped, LifecycleStatus::failed, LifecycleStatus::pending);
  world.vendor.machines.begin()->second.fault = CreateFault::never_runs;
  world.advance(10s);
  CHECK(world.state_of(world.create("job")) == "adopted");
  world.advance(1h);
  CHECK(world.alive().size() == 1);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
}

TEST_CASE("guards refuse new creates, and not the ending of what is there", "[lifecycle]") {
  Setup setup;
  std::string second = "refused forbidden";
  SECTION("creates per hour") { setup.guards.max_creates_per_hour = 1; }
  SECTION("price per hour") { setup.guards.max_price_per_hour = fakes::cents(450); }
  World world(setup);
  CHECK(world.state_of(world.create("one")) == "succeeded");
  CHECK(world.state_of(world.create("two")) == second);
  world.restart();
  CHECK(world.state_of(world.create("two")) == second);
  CHECK(world.state_of(Terminate{World::machine(world.alive().front())}, 30s) == "succeeded");
}

TEST_CASE("creates in flight count for the price guard", "[lifecycle]") {
  Setup setup;
  setup.guards.max_price_per_hour = fakes::cents(500);
  World world(setup);
  world.vendor.create_faults = {CreateFault::late};
  const Answered first = world.ask(world.create("one"));
  CHECK(world.state_of(world.create("two")) == "refused forbidden");
}

TEST_CASE("read_only refuses every operation and resolves what the journal began", "[lifecycle]") {
  World world(without_idempotency());
  world.vendor.create_faults = {CreateFault::lost};
  const Answered begun = world.ask(world.create("job"));
  world.setup.guards.is_read_only = true;
  world.restart();
  world.advance(30s);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
  CHECK(world.state_of(world.create("two")) == "refused forbidden");
  CHECK(world.state_of(Terminate{World::machine(world.alive().front())}) == "refused forbidden");
}

TEST_CASE("creates wait for their turn of the minute: over two minutes of queue they are refused", "[lifecycle]") {
  Setup setup;
  setup.creates_per_minute = 2;
  World world(setup);
  std::vector<Answered> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(world.ask(world.create("job-" + std::to_string(i))));
  world.advance(1s);
  CHECK(world.vendor.calls["create"] == 2);
  world.advance(61s);
  CHECK(world.vendor.calls["create"] == 4);
  CHECK((*answers[6])->error().error.kind == Errc::rate_limited);
  world.advance(2min);
  CHECK(world.vendor.calls["create"] == 6);
}

TEST_CASE("creates keep the distance that their provider asks for", "[lifecycle]") {
  Setup setup;
  setup.between_creates = 12s;
  World world(setup);
  for (const char* ref_id : {"one", "two", "three"}) world.ask(world.create(ref_id));
  world.advance(1s);
  CHECK(world.vendor.calls["create"] == 1);
  world.advance(12s);
  CHECK(world.vendor.calls["create"] == 2);
  world.advance(12s);
  CHECK(world.vendor.calls["create"] == 3);
}

TEST_CASE("what the journal does not take is refused, and never asked for", "[lifecycle]") {
  World world;
  fill_disk(world, true);
  CHECK(world.state_of(world.create("job")) == "refused internal");
  CHECK(world.vendor.calls["create"] == 0);
  fill_disk(world, false);
  world.advance(5s);
  CHECK(world.count("operations") == 0);
  CHECK(world.state_of(world.create("job")) == "succeeded");
}

TEST_CASE("an adoption that the journal does not take leaves its machine to be adopted", "[lifecycle]") {
  World world;
  world.vendor.make(world.create("job").what, CredentialRef("cred"), world.now());
  world.advance(10s);
  fill_disk(world, true);
  Create adopting = world.create("job");
  adopting.what.retire_in = 2h;
  CHECK(world.state_of(adopting) == "refused internal");
  fill_disk(world, false);
  world.advance(5s);
  CHECK(world.text("SELECT retire_at_ms FROM instances").empty());
  CHECK(world.state_of(adopting) == "adopted");
  CHECK(world.vendor.calls["create"] == 0);
  CHECK_FALSE(world.text("SELECT retire_at_ms FROM instances").empty());
}

TEST_CASE("a RefID is free again when its machine is gone, and not while it is being ended", "[lifecycle]") {
  World world;
  CHECK(world.state_of(world.create("job")) == "succeeded");
  const CloudId first = world.alive().front();
  const Answered ending = world.ask(Terminate{World::machine(first)});
  CHECK(world.state_of(world.create("job"), 1s) == "refused conflict");
  world.advance(30s);
  CHECK(world.state_of(world.create("job")) == "succeeded");
  CHECK(world.alive().front() != first);
  CHECK(world.vendor.tokens[0] != world.vendor.tokens[1]);
}

}  // namespace tally::lifecycle::create_scenes_test
