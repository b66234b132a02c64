// What is done with machines that are there, one scene each.
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::change_scenes_test {
using namespace test;
using fakes::CreateFault;
using fakes::EndFault;

namespace {

/// With one machine that runs.
struct Running : World {
  explicit Running(Setup with = {}) : World(std::move(with)) {
    CHECK(state_of(create("job")) == "succeeded");
    advance(30s);
    id = alive().front();
  }
  CloudId id;
};

/// A machine is to retire in two hours, and the clock is set three hours ahead.
void set_ahead_of_a_retirement(World& world) {
  Create create = world.create("job");
  create.what.retire_in = 2h;
  CHECK(world.state_of(create) == "succeeded");
  world.advance(1min);
  world.process->clock.step_wall(3h);
  world.advance(1min);
}

}  // namespace

TEST_CASE("a machine being ended is shown so from the call on, and gone when it is", "[lifecycle]") {
  Running world;
  const Answered ending = world.ask(Terminate{World::machine(world.id)}, 60s);
  CHECK(world.status_of(world.id) == "terminating");
  world.advance(30s);
  CHECK((**ending)->operation.state == OperationState::succeeded);
  CHECK(world.status_of(world.id) == "terminated");
  CHECK(world.vendor.parts.empty());
  CHECK(world.text("SELECT state FROM operation_resources") == "removed");
  SECTION("a second one is over at once") {
    const Checked<Progress> again = world.outcome(Terminate{World::machine(world.id)});
    CHECK(again->was_over);
    CHECK(again->operation.state == OperationState::succeeded);
  }
}

TEST_CASE("a terminate is asked for again until the provider takes it, and shown meanwhile", "[lifecycle]") {
  Running world;
  world.vendor.end_faults = {EndFault::unavailable, EndFault::lost_undone, EndFault::unavailable,
                             EndFault::unavailable};
  CHECK(world.state_of(Terminate{World::machine(world.id)}) == "started");
  CHECK(world.status_of(world.id) == "terminating");
  world.advance(60s);
  CHECK(world.alive().empty());
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "succeeded");
}

TEST_CASE("a terminate that is refused fails, and the provider's word is shown again", "[lifecycle]") {
  Running world;
  world.vendor.end_faults = {EndFault::forbidden};
  const Checked<Progress> refused = world.outcome(Terminate{World::machine(world.id)});
  CHECK(refused->operation.state == OperationState::failed);
  CHECK(refused->error->kind == Errc::forbidden);
  world.advance(6s);
  CHECK(world.status_of(world.id) == "running");
}

TEST_CASE("a terminate that is never answered is over when the machine is gone", "[lifecycle]") {
  Running world;
  world.vendor.next_end_fault = [] { return EndFault::unavailable; };
  const Answered ending = world.ask(Terminate{World::machine(world.id)});
  world.advance(1min);
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "started");
  world.vendor.machines.clear();
  world.advance(10min);
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "succeeded");
}

TEST_CASE("a machine being ended is shown so after a restart, and whatever else was asked of it", "[lifecycle]") {
  Running world;
  world.vendor.next_end_fault = [] { return EndFault::unavailable; };
  SECTION("it was being stopped") {
    world.vendor.change_faults = {EndFault::lost_undone};
    const Answered stopping = world.ask(Stop{World::machine(world.id)});
    world.advance(6s);
    CHECK(world.status_of(world.id) == "stopping");
    const Answered ending = world.ask(Terminate{World::machine(world.id)});
    world.advance(2min);  // the stop has failed meanwhile
    CHECK(world.text("SELECT state FROM operations WHERE kind = 'stop'") == "failed");
  }
  SECTION("the service began anew") {
    const Answered ending = world.ask(Terminate{World::machine(world.id)});
    world.advance(6s);
    world.restart();
  }
  world.advance(30s);
  CHECK(world.status_of(world.id) == "terminating");
  world.vendor.machines.clear();
  world.advance(10min);
  CHECK(world.status_of(world.id) == "terminated");
}

TEST_CASE("a clean-up that is refused stays unknown, is asked for each hour, and its machine is an orphan meanwhile",
          "[lifecycle]") {
  World world;
  const std::string orphans = "orphans WHERE reason = 'not_in_journal'";
  world.vendor.create_faults = {CreateFault::fails_later};
  world.vendor.end_faults = {EndFault::forbidden, EndFault::forbidden};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(10s);
  CHECK(world.count(orphans) == 0);
  world.advance(2min);
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "unknown");
  CHECK(world.vendor.calls["terminate"] == 1);
  CHECK(world.count(orphans) == 1);
  world.advance(2h + 5min);
  CHECK(world.alive().empty());
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'terminate'") == "succeeded");
  CHECK(world.count(orphans) == 0);
}

TEST_CASE("who ends a machine whose clean-up was refused does not wait for the hour", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::fails_later};
  world.vendor.end_faults = {EndFault::forbidden, EndFault::forbidden};
  CHECK(world.state_of(world.create("job")) == "succeeded");
  world.advance(2min);
  const Request end = Terminate{World::machine(world.alive().front())};
  CHECK(world.vendor.calls["terminate"] == 1);
  CHECK(world.state_of(end) == "unknown");
  CHECK(world.vendor.calls["terminate"] == 2);
  CHECK(world.state_of(end, 60s) == "succeeded");
  CHECK(world.count("operations WHERE kind = 'terminate'") == 1);
}

TEST_CASE("of two machines that one create made, the one that is not ended is an orphan", "[lifecycle]") {
  World world;
  world.vendor.create_faults = {CreateFault::two};
  world.vendor.end_faults = {EndFault::forbidden};
  CHECK(world.state_of(world.create("job")) == "unknown");
  world.advance(2min);
  REQUIRE(world.alive().size() == 1);
  CHECK(world.text("SELECT state FROM operations WHERE kind = 'create'") == "unknown");
  CHECK(world.text("SELECT cloud_id FROM orphans WHERE reason = 'not_in_journal'") == world.alive().front().str());
}

TEST_CASE("a machine that was never known here is asked for", "[lifecycle]") {
  World world;
  CHECK(world.state_of(Terminate{World::machine(CloudId("i-nowhere"))}) == "refused instance_not_found");
  CHECK(world.state_of(Terminate{World::machine(CloudId(""))}) == "refused invalid_request");
  fakes::FakeVendor::Machine& unlisted = world.vendor.put(fakes::make_instance("i-hidden"), world.now());
  unlisted.listed_from = world.now() + 24h;
  CHECK(world.state_of(Terminate{World::machine(CloudId("i-hidden"))}, 30s) == "succeeded");
  CHECK(unlisted.ended);
}

TEST_CASE("stop and start are shown from the call on until the provider says something new", "[lifecycle]") {
  Running world;
  CHECK(world.state_of(Stop{World::machine(world.id)}, 1s) == "succeeded");
  CHECK(world.vendor.calls["stop"] == 1);
  world.advance(6s);
  CHECK(world.status_of(world.id) == "stopped");
  CHECK(world.state_of(Start{World::machine(world.id)}) == "succeeded");
  world.advance(6s);
  CHECK(world.status_of(world.id) == "running");
  CHECK(world.count("events WHERE field = 'status' AND new = 'stopping'") == 1);
  CHECK(world.count("events WHERE field = 'status' AND old = 'stopped' AND new = 'pending'") == 1);
}

TEST_CASE("a change whose answer is lost is looked for", "[lifecycle]") {
  Running world;
  world.vendor.change_faults = {EndFault::lost};
  SECTION("and found") { CHECK(world.state_of(Stop{World::machine(world.id)}) == "succeeded"); }
  SECTION("where it cannot be seen it has failed, and that is said") {
    const Checked<Progress> progress = world.outcome(Reboot{World::machine(world.id)});
    CHECK(progress->operation.state == OperationState::failed);
    CHECK(progress->error->certainty == Certainty::unknown);
  }
}

TEST_CASE("a stop needs the provider, the type and the machine to allow it", "[lifecycle]") {
  World world;
  SECTION("the type does not") {
    InstanceType fixed = *world.types.rows.front();
    fixed.is_stoppable = false;
    world.types.rows.front() = fakes::row(fixed);
    world.advance(2min);
    CHECK(world.state_of(world.create("job")) == "succeeded");
  }
  SECTION("the machine does not") {
    CHECK(world.state_of(world.create("job")) == "succeeded");
    world.vendor.machines.begin()->second.row.is_stoppable = false;
  }
  world.advance(30s);
  CHECK(world.state_of(Stop{World::machine(world.alive().front())}) == "refused not_implemented");
  CHECK(world.vendor.calls["stop"] == 0);
}

TEST_CASE("the type is changed of a stopped machine only", "[lifecycle]") {
  Running world;
  const Request change = ChangeType{World::machine(world.id), "h100"};
  CHECK(world.state_of(change) == "refused conflict");
  CHECK(world.state_of(ChangeType{World::machine(world.id), "b200"}) == "refused invalid_request");
  CHECK(world.state_of(Stop{World::machine(world.id)}) == "succeeded");
  world.advance(6s);
  CHECK(world.state_of(change) == "succeeded");
}

TEST_CASE("tags, disks and rules are changed, and shown as written", "[lifecycle]") {
  Running world;
  TagChanges tags;
  tags["team"] = "ml";
  CHECK(world.state_of(UpdateTags{World::machine(world.id), tags}) == "succeeded");
  CHECK(world.text("SELECT value FROM instance_tags WHERE key = 'team'") == "ml");
  VolumeResize bigger;
  bigger.size = Bytes(std::int64_t{100} << 30U);
  CHECK(world.state_of(Resize{World::machine(world.id), bigger}) == "succeeded");
  world.advance(10s);
  bigger.size = Bytes((std::int64_t{100} << 30U) - 1000);  // which is as many GiB: asked for again
  CHECK(world.state_of(Resize{World::machine(world.id), bigger}) == "succeeded");
  bigger.size = Bytes(std::int64_t{99} << 30U);
  CHECK(world.state_of(Resize{World::machine(world.id), bigger}) == "refused conflict");
  FirewallRules rules;
  rules.ingress = {{"", 80, 80, {"10.1.2.3/8"}}};
  const Checked<Progress> added = world.outcome(AddFirewallRules{World::machine(world.id), rules});
  REQUIRE(added->rules.ingress.size() == 1);
  CHECK(added->rules.ingress[0].id == "rule-80");
  CHECK(added->rules.ingress[0].ip_ranges == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(world.state_of(RevokeFirewallRules{World::machine(world.id), {"rule-80"}}) == "succeeded");
}

TEST_CASE("what is changed as a whole is changed by one operation at a time", "[lifecycle]") {
  Running world;
  int inside = 0;
  int most = 0;
  on_failpoint = [&](std::string name) -> boost::asio::awaitable<void> {
    if (name.ends_with(".call.after")) --inside;
    if (!name.ends_with(".call.before")) return pass();
    most = std::max(most, ++inside);
    Clock& clock = world.process->clock;
    return clock.sleep_until(clock.now() + 1s);
  };
  SECTION("tags") {
    TagChanges one, two;
    one["a"] = "1";
    two["b"] = "2";
    world.ask(UpdateTags{World::machine(world.id), one});
    CHECK(world.state_of(UpdateTags{World::machine(world.id), two}) == "succeeded");
  }
  SECTION("rules") {
    world.ask(RevokeFirewallRules{World::machine(world.id), {"rule-80"}});
    CHECK(world.state_of(RevokeFirewallRules{World::machine(world.id), {"rule-443"}}) == "succeeded");
  }
  on_failpoint = nullptr;
  CHECK(most == 1);
  CHECK(world.count("operations WHERE state = 'succeeded'") == 3);
}

TEST_CASE("of power one thing at a time, and nothing of a machine that is being ended", "[lifecycle]") {
  Running world;
  world.vendor.end_faults = {EndFault::unavailable};
  const Answered ending = world.ask(Terminate{World::machine(world.id)});
  CHECK(world.state_of(Stop{World::machine(world.id)}, 1s) == "refused conflict");
  CHECK(world.ask(Terminate{World::machine(world.id)}) != ending);
  CHECK(world.count("operations WHERE kind = 'terminate'") == 1);
}

TEST_CASE("a machine is retired at its time, told an hour and ten minutes ahead", "[lifecycle]") {
  World world;
  Create create = world.create("job");
  create.what.retire_in = 2h;
  CHECK(world.state_of(create) == "succeeded");
  CHECK(world.vendor.requests.front().retire_in == 2h);
  world.advance(65min);
  CHECK(world.count("events WHERE kind = 'retire_soon'") == 1);
  world.restart();
  world.advance(50min);
  CHECK(world.count("events WHERE kind = 'retire_soon'") == 2);
  CHECK(world.alive().size() == 1);
  world.advance(10min);
  CHECK(world.alive().empty());
  CHECK(world.count("events WHERE kind = 'retired'") == 1);
}

TEST_CASE("a retirement is set, taken back, and kept by a create whose answer was lost with its process",
          "[lifecycle]") {
  World world(without_idempotency());
  Create create = world.create("job");
  create.what.retire_in = 1h;
  world.vendor.create_faults = {CreateFault::hangs};
  const Answered begun = world.ask(create);
  world.restart();
  world.advance(30s);
  CHECK(world.text("SELECT state FROM operations") == "adopted");
  const CloudId id = world.alive().front();
  SECTION("kept") {
    world.advance(61min);
    CHECK(world.alive().empty());
  }
  SECTION("taken back") {
    CHECK(world.state_of(Retire{World::machine(id), std::nullopt}) == "succeeded");
    world.advance(2h);
    CHECK(world.alive().size() == 1);
  }
  SECTION("set anew") {
    CHECK(world.state_of(Retire{World::machine(id), 3h}) == "succeeded");
    world.advance(2h);
    CHECK(world.alive().size() == 1);
    world.advance(61min);
    CHECK(world.alive().empty());
  }
}

TEST_CASE("a retirement that is put off while another machine is being retired is not acted on", "[lifecycle]") {
  World world;
  for (const char* ref_id : {"one", "two"}) {
    Create create = world.create(ref_id);
    create.what.retire_in = 2h;
    world.ask(create);
  }
  world.advance(30s);
  REQUIRE(world.alive().size() == 2);
  const CloudId second = world.alive().back();
  REQUIRE(world.text("SELECT count(DISTINCT retire_at_ms) FROM instances") == "1");
  bool is_put_off = false;
  on_failpoint = [&](std::string name) -> boost::asio::awaitable<void> {
    if (name != "terminate.begin.commit.before" || is_put_off) return pass();
    is_put_off = true;
    auto answered = std::make_shared<std::optional<Checked<Progress>>>();
    boost::asio::co_spawn(
        world.process->context,
        keep_answer(world.process->service->carry_out(Retire{World::machine(second), 5h}, 8s), answered),
        boost::asio::detached);
    Clock& clock = world.process->clock;
    return clock.sleep_until(clock.now() + 2s);
  };
  world.advance(2h + 5min);
  on_failpoint = nullptr;
  CHECK(is_put_off);
  CHECK(world.alive() == std::vector<CloudId>{second});
  CHECK(world.count("events WHERE kind = 'retired'") == 1);
  world.advance(5h);
  CHECK(world.alive().empty());
}

TEST_CASE("a vendor that ends machines itself is told when one is to retire later, or never", "[lifecycle]") {
  Running world;
  const auto told = [&world]() { return world.vendor.ends.at(world.id); };
  CHECK(world.state_of(Retire{World::machine(world.id), 3h}) == "succeeded");
  REQUIRE(told());
  CHECK(std::to_string(told()->time_since_epoch().count()) ==
        world.text("SELECT retire_at_ms FROM instances WHERE cloud_id = '" + world.id.str() + "'"));
  CHECK(world.state_of(Retire{World::machine(world.id), std::nullopt}) == "succeeded");
  CHECK_FALSE(told());
  SECTION("and the retirement says so when it will not have it") {
    world.vendor.change_faults = {EndFault::forbidden};
    CHECK(world.state_of(Retire{World::machine(world.id), 9h}) == "failed");
    CHECK(world.text("SELECT retire_at_ms FROM instances").empty());  // as it was
    world.advance(10h);
    CHECK(world.alive().size() == 1);
  }
  SECTION("and one at a time") {
    die_at(world, "retire.call.before");
    const Answered first = world.ask(Retire{World::machine(world.id), 9h});
    CHECK(world.state_of(Retire{World::machine(world.id), std::nullopt}) == "refused conflict");
    on_failpoint = nullptr;
  }
}

TEST_CASE("nothing is retired by a clock that was set, unless a provider's clock agrees", "[lifecycle]") {
  Setup setup;
  bool is_ended = false;
  SECTION("nobody says that it is right") {}
  SECTION("a provider's does") {
    setup.vendor_ahead = 10s;
    is_ended = true;
  }
  World world(setup);
  set_ahead_of_a_retirement(world);
  CHECK(world.alive().empty() == is_ended);
  CHECK(world.count("events WHERE kind = 'retire_held'") == (is_ended ? 0 : 1));
}

TEST_CASE("a retirement that waited for the clock is told of as any other when the clock is right again",
          "[lifecycle]") {
  World world;
  set_ahead_of_a_retirement(world);
  REQUIRE(world.count("events WHERE kind = 'retire_held'") == 1);
  world.process->clock.step_wall(-3h);
  world.advance(65min);
  CHECK(world.count("events WHERE kind = 'retire_soon'") == 1);
  world.restart();
  world.advance(50min);
  CHECK(world.count("events WHERE kind = 'retire_soon'") == 2);
  world.advance(10min);
  CHECK(world.alive().empty());
  CHECK(world.count("events WHERE kind = 'retired'") == 1);
  CHECK(world.count("events WHERE kind = 'retire_held'") == 1);
}

}  // namespace tally::lifecycle::change_scenes_test
