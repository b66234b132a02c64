// What becomes of a change that the service was carrying out when it died.
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "lifecycle/traces.hpp"
#include "tests/lifecycle/lifecycle_world.hpp"

namespace tally::lifecycle::change_recovery_test {
using namespace test;

namespace {

FirewallRules web() {
  FirewallRules rules;
  rules.ingress = {{"", 80, 80, {"10.0.0.0/8"}}};
  return rules;
}

/// A machine that is as the change needs it.
struct Ready : World {
  explicit Ready(OperationKind kind) : World(setup_for_restarts()) {
    CHECK(state_of(create("job")) == "succeeded");
    advance(30s);
    id = alive().front();
    if (kind == OperationKind::start || kind == OperationKind::change_type) {
      CHECK(state_of(Stop{machine(id)}) == "succeeded");
      advance(6s);
    }
    if (kind == OperationKind::revoke_firewall_rules) {
      CHECK(state_of(AddFirewallRules{machine(id), web()}) == "succeeded");
    }
  }
  static Setup setup_for_restarts() {
    Setup setup;
    setup.options.conclude_after = 3min;
    return setup;
  }
  [[nodiscard]] std::string outcome_of(OperationKind kind) const {
    return text("SELECT state FROM operations WHERE kind = '" + std::string(to_string(kind)) +
                "' ORDER BY created_at_ms DESC, id DESC LIMIT 1");
  }
  CloudId id;
};

Request change_of(OperationKind kind, const CloudId& id) {
  const Machine machine = World::machine(id);
  VolumeResize bigger;
  bigger.size = Bytes(std::int64_t{300} << 30U);
  TagChanges tags;
  tags["team"] = "a-private-word";
  tags["old"] = std::nullopt;
  switch (kind) {
    case OperationKind::stop: return Stop{machine};
    case OperationKind::start: return Start{machine};
    case OperationKind::reboot: return Reboot{machine};
    case OperationKind::resize: return Resize{machine, bigger};
    case OperationKind::tags: return UpdateTags{machine, tags};
    case OperationKind::add_firewall_rules: return AddFirewallRules{machine, web()};
    case OperationKind::revoke_firewall_rules: return RevokeFirewallRules{machine, {"rule-80"}};
    default: return ChangeType{machine, "h100"};
  }
}

/// It is asked for, and gets as far as that place.
void cut_off(Ready& world, OperationKind kind, const std::string& place) {
  die_at(world, place);
  const Answered never = world.ask(change_of(kind, world.id));
  world.advance(3s);
  on_failpoint = nullptr;
}

constexpr std::array changes = {OperationKind::stop,
                                OperationKind::start,
                                OperationKind::resize,
                                OperationKind::tags,
                                OperationKind::add_firewall_rules,
                                OperationKind::revoke_firewall_rules};

}  // namespace

TEST_CASE("a change that was done when the service died succeeds at its next start", "[lifecycle]") {
  for (const OperationKind kind : changes) {
    for (const std::string place : {".call.after", ".finish.commit.before"}) {
      const std::string name(to_string(kind));
      INFO(name + place);
      Ready world(kind);
      cut_off(world, kind, name + place);
      world.restart();
      world.advance(30s);
      CHECK(world.outcome_of(kind) == "succeeded");
    }
  }
}

TEST_CASE("a change that was not sent when the service died fails when the provider has had its say", "[lifecycle]") {
  for (const OperationKind kind : changes) {
    const std::string name(to_string(kind));
    INFO(name);
    Ready world(kind);
    cut_off(world, kind, name + ".call.before");
    world.restart();
    world.advance(30s);
    CHECK(world.outcome_of(kind) == "started");
    world.advance(1min);
    CHECK(world.outcome_of(kind) == "failed");
  }
}

TEST_CASE("the provider is asked until it answers what became of a change", "[lifecycle]") {
  Ready world(OperationKind::resize);
  cut_off(world, OperationKind::resize, "resize.call.after");
  world.vendor.is_silent = true;
  world.restart();
  world.advance(2min);
  CHECK(world.outcome_of(OperationKind::resize) == "started");
  SECTION("and then it is known") {
    world.vendor.is_silent = false;
    world.advance(10s);
    CHECK(world.outcome_of(OperationKind::resize) == "succeeded");
  }
  SECTION("or not, when it never does") {
    world.advance(2min);
    CHECK(world.outcome_of(OperationKind::resize) == "failed");
  }
}

TEST_CASE("a reboot that was cut off cannot be seen: it fails, and that is said", "[lifecycle]") {
  Ready world(OperationKind::reboot);
  cut_off(world, OperationKind::reboot, "reboot.call.after");
  world.restart();
  world.advance(1s);
  CHECK(world.outcome_of(OperationKind::reboot) == "failed");
  CHECK(world.text("SELECT error FROM operations WHERE kind = 'reboot'").find("not known") != std::string::npos);
}

TEST_CASE("a reboot that takes several calls is one operation", "[lifecycle]") {
  Ready world(OperationKind::reboot);
  world.vendor.calls_of_a_reboot = 3;
  SECTION("that goes on until it is over") {
    CHECK(world.state_of(change_of(OperationKind::reboot, world.id), 30s) == "succeeded");
    CHECK(world.vendor.calls["reboot"] == 3);
  }
  SECTION("after a restart, too") {
    cut_off(world, OperationKind::reboot, "reboot.call.after");
    world.restart();
    world.advance(30s);
    CHECK(world.outcome_of(OperationKind::reboot) == "succeeded");
    CHECK(world.vendor.calls["reboot"] == 3);
  }
  SECTION("not for ever") {
    world.vendor.calls_of_a_reboot = 1000;
    const Answered given_up = world.ask(change_of(OperationKind::reboot, world.id));
    world.advance(25min);
    CHECK(world.outcome_of(OperationKind::reboot) == "failed");
    CHECK(world.vendor.calls["reboot"] < 300);
  }
}

TEST_CASE("the journal keeps digests of tags and rules, not their words", "[lifecycle]") {
  const std::string traces = traces_of(change_of(OperationKind::tags, CloudId("i-1")));
  CHECK(traces.find("private") == std::string::npos);
  CHECK(std::count(traces.begin(), traces.end(), '\n') == 2);
  CHECK(traces_of(change_of(OperationKind::stop, CloudId("i-1"))).empty());
  OperationRecord record;
  record.kind = OperationKind::tags;
  Instance machine;
  CHECK_FALSE(shows_done(record, traces, machine));
  machine.tags = {{"team", "a-private-word"}};
  CHECK(shows_done(record, traces, machine));
  machine.tags["old"] = "";
  CHECK_FALSE(shows_done(record, traces, machine));
  CHECK_FALSE(shows_done(record, "", machine));
}

TEST_CASE("rules are recognised however the provider puts them together", "[lifecycle]") {
  FirewallRules asked;
  asked.ingress = {{"", 80, 80, {"10.0.0.0/8", "192.0.2.0/24"}}, {"", 443, 443, {}}};
  const std::string traces = traces_of(AddFirewallRules{World::machine(CloudId("i-1")), asked});
  OperationRecord record;
  record.kind = OperationKind::add_firewall_rules;
  Instance machine;
  machine.attributes.edit().ingress_rules = {{"a", 80, 80, {"192.0.2.0/24"}}, {"b", 443, 443, {"0.0.0.0/0", "::/0"}}};
  CHECK_FALSE(shows_done(record, traces, machine));
  machine.attributes.edit().ingress_rules.push_back({"c", 80, 80, {"10.0.0.0/8"}});
  CHECK(shows_done(record, traces, machine));
}

TEST_CASE("a retirement that was set is told to the vendor after a restart", "[lifecycle]") {
  for (const std::string place : {"retire.attempt.commit.before", "retire.call.before", "retire.call.after"}) {
    CAPTURE(place);
    Ready world(OperationKind::retire);
    die_at(world, place);
    const Answered setting = world.ask(Retire{World::machine(world.id), 5h});
    world.advance(1s);
    on_failpoint = nullptr;
    world.restart();
    world.advance(30s);
    CHECK(world.outcome_of(OperationKind::retire) == "succeeded");
    CHECK(world.vendor.ends.at(world.id));
  }
}

}  // namespace tally::lifecycle::change_recovery_test
