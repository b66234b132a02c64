// Bootstraps: when one is begun, repeated, and not begun.
#include <catch2/catch.hpp>

#include "tests/probing/probe_world.hpp"

namespace tally::probe_bootstrap_test {
using namespace tally::fakes;

namespace {

BootstrapRule rule(std::string script, std::optional<TagSelector> only = std::nullopt) {
  BootstrapRule rule;
  rule.only = std::move(only);
  rule.plan.agent_script = std::move(script);
  return rule;
}

struct BootstrapWorld : ProbeWorld {
  BootstrapWorld() {
    settings.bootstraps = {rule("install")};
    on_bootstrap = [this](const SshTarget& target, const BootstrapPlan&) {
      BootstrapReport report;
      report.failure = prober.meet(target).failure;
      if (!report.failure) report.exit_status = exit_status;
      report.output = "out\x1b";
      return report;
    };
    boot("a", "192.0.2.1");
  }
  [[nodiscard]] std::string state() const {
    const auto rows = sync.reader().query("SELECT state, attempts FROM bootstraps").rows;
    return rows.empty() ? "none" : sql_text(rows[0][0]) + " " + sql_text(rows[0][1]);
  }
  int exit_status = 0;
};

}  // namespace

TEST_CASE("a machine is bootstrapped once, after it let us in", "[probing]") {
  BootstrapWorld world;
  world.start();
  world.clock.advance(3s);
  CHECK(world.state() == "started 1");
  world.clock.advance(10s);
  CHECK(world.state() == "done 1");
  CHECK(world.events() == EventLines{"hostkey_pinned a", "probe_ok a", "bootstrap_done a"});
  CHECK(sql_text(world.one("SELECT output FROM bootstraps")) == "out ");
  world.clock.advance(3h);
  world.start();
  world.clock.advance(3h);
  CHECK(world.bootstraps_begun == 1);
}

TEST_CASE("a script that fails is one event and is not tried again until the plan changes", "[probing]") {
  BootstrapWorld world;
  world.exit_status = 3;
  world.start();
  world.clock.advance(3h);
  CHECK(world.state() == "failed 1");
  CHECK(world.bootstraps_begun == 1);
  CHECK(world.count("SELECT exit_status FROM bootstraps") == 3);
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'bootstrap_failed'") == 1);
  world.settings.bootstraps = {rule("install, mended")};
  world.exit_status = 0;
  world.start();
  world.clock.advance(12min);
  CHECK(world.state() == "done 1");
  CHECK(world.bootstraps_begun == 2);
}

TEST_CASE("a way there that fails is gone again with back-off", "[probing]") {
  BootstrapWorld world;
  int left = 5;
  const auto good = world.on_bootstrap;
  world.on_bootstrap = [&](const SshTarget& target, const BootstrapPlan& plan) {
    BootstrapReport report = good(target, plan);
    if (left-- > 0) report.failure = SshFailure{SshStage::exec, "the connection was lost"};
    return report;
  };
  world.start();
  world.clock.advance(15s);
  CHECK(sql_text(world.one("SELECT error FROM bootstraps")) == "exec: the connection was lost");
  world.clock.advance(3min);
  CHECK(world.state() == "done 6");
  CHECK(world.one("SELECT error FROM bootstraps") == SqlValue());
  CHECK(world.events() == EventLines{"hostkey_pinned a", "probe_ok a", "bootstrap_failed a", "bootstrap_done a"});
}

TEST_CASE("a way there that fails is one event, across restarts too, until the plan changes", "[probing]") {
  BootstrapWorld world;
  int turn = 0;
  world.on_bootstrap = [&turn](const SshTarget&, const BootstrapPlan&) {
    BootstrapReport report;
    report.failure = SshFailure{SshStage::exec, "words of turn " + std::to_string(++turn)};
    return report;
  };
  const auto failures = [&] { return world.count("SELECT count(*) FROM events WHERE kind = 'bootstrap_failed'"); };
  world.start();
  world.clock.advance(10min);
  world.start();
  world.clock.advance(10min);
  CHECK(turn > 10);
  CHECK(failures() == 1);
  CHECK(sql_text(world.one("SELECT detail FROM events WHERE kind = 'bootstrap_failed'")) == "exec: words of turn 1");
  world.settings.bootstraps = {rule("install, mended")};
  world.start();
  world.clock.advance(10min);
  CHECK(failures() == 2);
}

TEST_CASE("a bootstrap that always fails on the way ends up at the slow pace", "[probing]") {
  BootstrapWorld world;
  world.on_bootstrap = [](const SshTarget&, const BootstrapPlan&) {
    BootstrapReport report;
    report.failure = SshFailure{SshStage::exec, "no such subsystem"};
    return report;
  };
  world.start();
  world.clock.advance(15min);
  const int begun = world.bootstraps_begun;
  CHECK(begun > 10);
  world.clock.advance(2h);
  CHECK(world.bootstraps_begun - begun >= 9);
  CHECK(world.bootstraps_begun - begun <= 14);
}

TEST_CASE("a bootstrap that a crash cut off is resumed at the next start, at once", "[probing]") {
  BootstrapWorld world;
  world.bootstrap_takes = 5min;
  world.start();
  world.clock.advance(1min);
  CHECK(world.state() == "started 1");
  world.start();
  CHECK(world.state() == "started 1");
  world.clock.advance(2s);
  CHECK(world.state() == "started 2");
  world.clock.advance(5min);
  CHECK(world.state() == "done 2");
}

TEST_CASE("only instances with the rule's tag are bootstrapped, also when it comes later", "[probing]") {
  BootstrapWorld world;
  world.settings.bootstraps = {rule("install", TagSelector{"role", "trainer"})};
  world.start();
  world.clock.advance(1h);
  CHECK(world.bootstraps_begun == 0);
  Instance tagged = ProbeWorld::machine("a", "192.0.2.1");
  tagged.tags["role"] = "trainer";
  world.put(tagged);
  world.clock.advance(15s);
  CHECK(world.state() == "done 1");
}

TEST_CASE("nothing is bootstrapped without a key, or where the host key changed", "[probing]") {
  BootstrapWorld world;
  SECTION("no key") { world.settings.key = nullptr; }
  SECTION("not let in") { world.prober.network["192.0.2.1"].lets_in = false; }
  SECTION("host key changed") {
    world.settings.bootstraps.clear();
    world.start();
    world.clock.advance(10s);
    world.prober.network["192.0.2.1"].keys = {make_key("other")};
    world.settings.bootstraps = {rule("install")};
  }
  world.start();
  world.clock.advance(2h);
  CHECK(world.bootstraps_begun == 0);
  CHECK(world.state() == "none");
}

TEST_CASE("nothing is begun on a host before the catalog has it", "[probing]") {
  BootstrapWorld world;
  world.settings.bootstraps.clear();
  world.start();
  world.clock.advance(10s);
  world.settings.bootstraps = {rule("install")};
  world.start();
  world.break_catalog(true);
  world.clock.advance(30min);
  CHECK(world.bootstraps_begun == 0);
  world.break_catalog(false);
  world.clock.advance(12min);
  CHECK(world.state() == "done 1");
}

TEST_CASE("what a bootstrap came to is not lost, and not done again, while the catalog takes nothing", "[probing]") {
  BootstrapWorld world;
  world.start();
  world.clock.advance(3s);
  REQUIRE(world.bootstraps_begun == 1);
  world.break_catalog(true);
  world.clock.advance(30min);
  CHECK(world.state() == "started 1");
  world.break_catalog(false);
  world.clock.advance(2s);
  CHECK(world.state() == "done 1");
  CHECK(world.bootstraps_begun == 1);
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'bootstrap_done'") == 1);
}

TEST_CASE("a machine that changes its address in the middle is bootstrapped there, one at a time", "[probing]") {
  BootstrapWorld world;
  world.bootstrap_takes = 1min;
  world.start();
  world.clock.advance(10s);
  REQUIRE(world.bootstraps_begun == 1);
  world.boot("a", "192.0.2.2");
  world.prober.network["192.0.2.2"].keys = {make_key("a")};
  world.clock.advance(30s);
  CHECK(world.reachable("a") == "1");
  CHECK(world.bootstraps_begun == 1);
  world.clock.advance(2min);
  CHECK(world.bootstraps_begun == 2);
  CHECK(world.state() == "done 2");
}

TEST_CASE("many bootstraps are bounded and do not keep probes waiting", "[probing]") {
  BootstrapWorld world;
  world.bootstrap_takes = 10min;
  world.limits.bootstraps = 3;
  for (int i = 0; i < 20; ++i) world.boot("i" + std::to_string(i), "198.51.100." + std::to_string(i));
  world.start();
  world.clock.advance(1min);
  CHECK(world.bootstraps_begun == 3);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_reachable = 1") == 21);
  world.clock.advance(90min);
  CHECK(world.count("SELECT count(*) FROM bootstraps WHERE state = 'done'") == 21);
}

}  // namespace tally::probe_bootstrap_test
