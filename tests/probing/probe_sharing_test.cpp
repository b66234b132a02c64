// Several live instances with one address and one host key: one machine.
#include <catch2/catch.hpp>

#include "tests/probing/probe_world.hpp"

namespace tally::probe_sharing_test {
using namespace tally::fakes;

namespace {

/// One machine at an address, which two instances claim, "a" first.
struct SharedWorld : ProbeWorld {
  SharedWorld() {
    settings.pace.recheck_interval = 1min;
    BootstrapRule rule;
    rule.plan.agent_script = "install";
    settings.bootstraps = {rule};
    boot("a", "192.0.2.1");
    start();
    clock.advance(30s);
    put(machine("b", "192.0.2.1"));
    clock.advance(3min);
  }
  [[nodiscard]] EventLines told() const {
    EventLines lines;
    const auto rows = sync.reader().query(
        "SELECT kind || ' ' || subject_id FROM events WHERE kind = 'shared_host' OR old = 'shared_host' ORDER BY id");
    for (const auto& row : rows.rows) lines.push_back(sql_text(row.at(0)));
    return lines;
  }
  /// Has the catalog take no shared_host problem, or take them again.
  void refuse_sharing(bool is_refused) const {
    sqlite::Connection connection(sync.file().string(), SQLITE_OPEN_READWRITE);
    connection.execute(is_refused ? "CREATE TRIGGER refused BEFORE INSERT ON problem WHEN NEW.kind = 'shared_host' "
                                    "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
                                  : "DROP TRIGGER refused");
  }
  [[nodiscard]] std::string bootstrapped() const {
    return sql_text(one("SELECT group_concat(cloud_id) FROM bootstraps"));
  }
};

}  // namespace

TEST_CASE("two instances that are one machine are told once, and it is bootstrapped once", "[probing]") {
  SharedWorld world;
  CHECK(world.told() == EventLines{"shared_host b"});
  CHECK(sql_text(world.one("SELECT detail FROM events WHERE kind = 'shared_host'"))
            .starts_with("answers at 192.0.2.1:22 with the host key of instance a of credential "));
  CHECK(world.bootstrapped() == "a");
  CHECK(world.reachable("b") == "1");
  world.clock.advance(2h);
  world.start();
  world.clock.advance(2h);
  CHECK(world.told() == EventLines{"shared_host b"});
  CHECK(world.bootstraps_begun == 1);
}

TEST_CASE("when the first of them ends, the machine is the other's", "[probing]") {
  SharedWorld world;
  world.remove("a");
  world.clock.advance(5min);
  CHECK(world.told() == EventLines{"shared_host b", "problem_ended b"});
  CHECK(world.bootstrapped() == "b");
}

TEST_CASE("when the second of them ends, moves or stops, the problem ends", "[probing]") {
  SharedWorld world;
  SECTION("ends") { world.remove("b"); }
  SECTION("ends while nobody watches") {
    world.stop();
    world.sync.start(world.account);
    world.remove("b");
    world.clock.advance(1min);
    world.start();
  }
  SECTION("moves") {
    world.put(ProbeWorld::machine("b", "192.0.2.2"));
    world.prober.network["192.0.2.2"] = world.prober.network["192.0.2.1"];
  }
  SECTION("stops") {
    Instance stopped = ProbeWorld::machine("b", "192.0.2.1");
    stopped.status = LifecycleStatus::stopped;
    world.put(stopped);
  }
  world.clock.advance(3min);
  CHECK(world.told() == EventLines{"shared_host b", "problem_ended b"});
}

TEST_CASE("one key at two ports or addresses is no sharing: images are copied, and so are their keys", "[probing]") {
  SharedWorld world;
  Instance other = ProbeWorld::machine("c", "192.0.2.1");
  SECTION("port") { other.ssh_port = 2222; }
  SECTION("address") {
    other.public_ip = "192.0.2.3";
    world.prober.network["192.0.2.3"] = world.prober.network["192.0.2.1"];
  }
  world.put(other);
  world.clock.advance(3min);
  CHECK(world.told() == EventLines{"shared_host b"});
  CHECK(world.reachable("c") == "1");
}

TEST_CASE("sharing that the catalog could not take is told once it can", "[probing]") {
  SharedWorld world;
  world.boot("x", "192.0.2.5");
  world.clock.advance(3min);
  world.put(ProbeWorld::machine("y", "192.0.2.9"));
  world.prober.network["192.0.2.9"] = world.prober.network["192.0.2.5"];
  world.clock.advance(3min);
  // It is known already, so that only the problem has to be written.
  world.refuse_sharing(true);
  world.put(ProbeWorld::machine("y", "192.0.2.5"));
  world.clock.advance(10min);
  world.refuse_sharing(false);
  world.clock.advance(5min);
  CHECK(world.told() == EventLines{"shared_host b", "shared_host y"});
}

}  // namespace tally::probe_sharing_test
