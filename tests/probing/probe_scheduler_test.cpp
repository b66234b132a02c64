// Probing on virtual time: who is asked when, and what the catalog is told.
#include <catch2/catch.hpp>

#include "tests/probing/probe_world.hpp"

namespace tally::probe_scheduler_test {
using namespace tally::fakes;

TEST_CASE("a newly running instance is pinned, then logged in to, and counts as reachable", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(10s);
  CHECK(world.events() == EventLines{"hostkey_pinned a", "probe_ok a"});
  CHECK(world.reachable("a") == "1");
  REQUIRE(world.prober.contacts.size() == 2);
  CHECK(world.prober.contacts[0].key == nullptr);
  CHECK(world.prober.contacts[0].expected.empty());
  CHECK(world.prober.contacts[1].key != nullptr);
  CHECK(world.prober.contacts[1].expected == std::vector<HostKey>{make_key("a")});
  CHECK(sql_text(world.one("SELECT public_key FROM host_keys WHERE state = 'pinned'")) == "blob-a");
}

TEST_CASE("without a key of ours one contact tells whether a host is reachable", "[probing]") {
  ProbeWorld world;
  world.settings.key = nullptr;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(10s);
  CHECK(world.prober.contacts.size() == 1);
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("whoever asks for a probe is told the boot ID, where we may log in", "[probing]") {
  ProbeWorld world;
  const std::string boot_id = "0f3c8a52-7b21-4a3e-9f60-1c2d3e4f5a6b";
  world.boot("a", "192.0.2.1");
  world.prober.network["192.0.2.1"].says = "Welcome to a\n" + boot_id + "\n";
  const bool has_key = GENERATE(true, false);
  if (!has_key) world.settings.key = nullptr;
  world.start();
  world.clock.advance(10s);
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("a", told);
  world.clock.advance(5s);
  REQUIRE(told.has_value());
  REQUIRE((*told)->has_value());
  CHECK((**told)->boot_id == (has_key ? boot_id : ""));
  CHECK((**told)->record.is_ok);
  CHECK((**told)->record.stage == (has_key ? "auth" : "host_key"));
}

TEST_CASE("a host that does not let us in is not reachable", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.prober.network["192.0.2.1"].lets_in = false;
  world.start();
  world.clock.advance(10s);
  CHECK(world.reachable("a") == "0");
  CHECK(sql_text(world.one("SELECT stage FROM ssh_probes")) == "auth");
  CHECK(world.events() == EventLines{"hostkey_pinned a", "probe_failed a"});
}

TEST_CASE("a host that does not answer is asked with back-off for the window, then slowly", "[probing]") {
  ProbeWorld world;
  world.put(ProbeWorld::machine("a", "192.0.2.1"));
  world.start();
  world.clock.advance(10min);
  const auto& at = world.prober.begun_at;
  const std::size_t within = at.size();
  CHECK(within > 20);
  CHECK(within < 40);
  for (std::size_t i = 1; i < within; ++i) {
    CHECK(at[i] - at[i - 1] >= 1s);
    CHECK(at[i] - at[i - 1] <= 31s);
  }
  world.clock.advance(1h);
  CHECK(at.size() - within >= 5);
  CHECK(at.size() - within <= 8);
  CHECK(world.events() == EventLines{"probe_failed a"});
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_ended = 0 AND status = 'running'") == 1);
  world.boot("a", "192.0.2.1");
  world.clock.advance(12min);
  CHECK(world.events() == EventLines{"probe_failed a", "hostkey_pinned a", "probe_ok a"});
}

TEST_CASE("an instance type may have a window and a pace of its own", "[probing]") {
  ProbeWorld world;
  ProbePaceOverride slow;
  slow.first_window = 1h;
  ProbePaceOverride quick;
  quick.first_window = 0s;
  quick.recheck_interval = 1h;
  world.settings.pace_of_type = {{"slow", slow}, {"quick", quick}};
  for (const char* type : {"slow", "quick"}) {
    Instance instance = ProbeWorld::machine(type, std::string("192.0.2.") + (type[0] == 's' ? "1" : "2"));
    instance.type = type;
    world.put(instance);
  }
  world.start();
  world.clock.advance(59min);
  const auto contacts_of = [&](const std::string& host) {
    return std::count_if(world.prober.contacts.begin(), world.prober.contacts.end(),
                         [&host](const SshTarget& target) { return target.host == host; });
  };
  CHECK(contacts_of("192.0.2.1") > 100);
  CHECK(contacts_of("192.0.2.2") <= 2);
}

TEST_CASE("an unchanged world costs probes at the slow pace and writes nothing but them", "[probing]") {
  ProbeWorld world;
  for (int i = 0; i < 20; ++i) world.boot("i" + std::to_string(i), "192.0.2." + std::to_string(i));
  world.start();
  world.clock.advance(1min);
  const auto contacts = world.prober.contacts.size();
  const auto events = world.count("SELECT count(*) FROM events");
  world.clock.advance(5h);
  const auto rechecks = world.prober.contacts.size() - contacts;
  CHECK(rechecks >= 20 * 26);
  CHECK(rechecks <= 20 * 34);
  CHECK(world.count("SELECT count(*) FROM events") == events);
}

TEST_CASE("an address, port or user that changes is probed at once", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(1min);
  const std::size_t before = world.prober.contacts.size();
  Instance changed = ProbeWorld::machine("a", "192.0.2.1");
  SECTION("address") {
    changed.public_ip = "192.0.2.9";
    world.prober.network["192.0.2.9"] = world.prober.network["192.0.2.1"];
  }
  SECTION("port") { changed.ssh_port = 2222; }
  SECTION("user") { changed.ssh_user = "root"; }
  world.put(changed);
  world.clock.advance(6s);
  REQUIRE(world.prober.contacts.size() == before + 1);
  CHECK(world.prober.contacts.back().port == changed.ssh_port);
  CHECK(world.prober.contacts.back().user == changed.ssh_user);
  CHECK(world.prober.contacts.back().host == changed.public_ip);
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("what arrives late for an outdated target is dropped", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.prober.takes = 20s;
  world.start();
  world.clock.advance(5s);  // a contact with the first address is under way
  REQUIRE(world.prober.contacts.size() == 1);
  world.put(ProbeWorld::machine("a", "192.0.2.2"));
  world.clock.advance(18s);  // it has ended
  CHECK(world.prober.contacts.size() == 2);
  CHECK(world.events().empty());
  CHECK(world.count("SELECT count(*) FROM ssh_probes") == 0);
  world.clock.advance(20s);
  CHECK(world.events() == EventLines{"probe_failed a"});
  CHECK(world.reachable("a") == "0");
}

TEST_CASE("a stopped machine is not probed: started again it is, and keeps its pin", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(1min);
  Instance stopped = ProbeWorld::machine("a", "192.0.2.1");
  stopped.status = LifecycleStatus::stopped;
  world.put(stopped);
  world.clock.advance(6s);
  CHECK(world.reachable("a").empty());
  const std::size_t before = world.prober.contacts.size();
  world.clock.advance(1h);
  CHECK(world.prober.contacts.size() == before);
  world.put(ProbeWorld::machine("a", "192.0.2.1"));
  world.clock.advance(6s);
  CHECK(world.prober.contacts.size() == before + 1);
  CHECK(world.reachable("a") == "1");
  CHECK(world.events() == EventLines{"hostkey_pinned a", "probe_ok a", "probe_ok a"});
}

TEST_CASE("two thousand that turn running at once are all probed, within the bounds, in few commits", "[probing]") {
  ProbeWorld world;
  world.settings.key = nullptr;
  world.start();
  for (int i = 0; i < 2000; ++i) {
    world.boot("i" + std::to_string(i), "198.51." + std::to_string(i / 200) + "." + std::to_string(i % 200));
  }
  world.clock.advance(5s);
  const std::uint64_t commits = world.sync.writer.commits();
  world.clock.advance(10s);
  CHECK(world.prober.most_running == 512);
  CHECK(world.prober.contacts.size() == 2000);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_reachable = 1") == 2000);
  CHECK(world.count("SELECT count(*) FROM host_keys") == 2000);
  // Pins commit one by one, results in groups.
  CHECK(world.sync.writer.commits() - commits < 2040);
}

TEST_CASE("new hosts do not wait behind many that are dead", "[probing]") {
  ProbeWorld world;
  world.limits.contacts = 8;
  world.limits.rechecks = 6;
  world.settings.pace.first_window = 0s;
  world.settings.pace.recheck_interval = 10s;
  world.prober.takes = 30s;
  for (int i = 0; i < 200; ++i) world.put(ProbeWorld::machine("dead" + std::to_string(i), "192.0.2.1"));
  world.start();
  world.clock.advance(20min);
  world.boot("new", "192.0.2.7");
  world.clock.advance(36s);
  CHECK(world.prober.contacts.size() > 200);
  CHECK(std::any_of(world.prober.contacts.begin(), world.prober.contacts.end(),
                    [](const SshTarget& target) { return target.host == "192.0.2.7"; }));
  CHECK(world.prober.most_running == 8);
}

TEST_CASE("a stop ends contacts at once and keeps what was learned", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(1500ms);
  world.prober.takes = 1h;
  world.boot("b", "192.0.2.2");
  world.clock.advance(10s);
  CHECK(world.prober.running == 1);
  world.stop();
  CHECK(world.prober.running == 0);
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("a removed credential is not probed any more, and nothing of it is lost", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(1min);
  world.prober.takes = 1h;
  world.boot("b", "192.0.2.2");
  world.clock.advance(6s);
  CHECK(world.prober.running == 1);
  world.spawn(world.scheduler->remove(world.sync.credential));
  CHECK(world.prober.running == 0);
  const std::size_t contacts = world.prober.contacts.size();
  world.clock.advance(1h);
  CHECK(world.prober.contacts.size() == contacts);
  CHECK(world.count("SELECT count(*) FROM host_keys WHERE state = 'pinned'") == 1);
}

TEST_CASE("after a restart what is reachable is probed again, spread out, and no event is repeated", "[probing]") {
  ProbeWorld world;
  for (int i = 0; i < 100; ++i) world.boot("i" + std::to_string(i), "192.0.2." + std::to_string(i));
  world.put(ProbeWorld::machine("dead", "203.0.113.1"));
  world.start();
  world.clock.advance(30min);
  const EventLines events = world.events();
  world.prober.begun_at.clear();
  world.start();
  world.clock.advance(1min);
  CHECK(world.prober.begun_at.size() < 30);
  CHECK(world.count("SELECT count(*) FROM instances WHERE is_reachable = 1") == 100);
  world.clock.advance(9min);
  CHECK(world.prober.begun_at.size() >= 100);
  CHECK(world.events() == events);
}

TEST_CASE("who asks for a probe that breaks is told why, at once", "[probing]") {
  ProbeWorld world;
  world.start();
  world.break_catalog(true);  // the key cannot be pinned
  world.boot("new", "192.0.2.2");
  world.clock.advance(10s);
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("new", told);
  world.clock.advance(2s);
  REQUIRE(told);
  REQUIRE_FALSE(told->has_value());
  CHECK(told->error().kind == Errc::internal);
  CHECK_THAT(told->error().message, Catch::Contains("the disk is full"));
}

TEST_CASE("what the catalog could not take is written once it can, and nobody logs in before a pin is", "[probing]") {
  ProbeWorld world;
  world.boot("old", "192.0.2.1");
  world.start();
  world.clock.advance(1min);
  world.break_catalog(true);
  world.boot("new", "192.0.2.2");
  world.prober.network.erase("192.0.2.1");
  world.clock.advance(30min);
  CHECK(world.events() == EventLines{"hostkey_pinned old", "probe_ok old"});
  for (const SshTarget& target : world.prober.contacts) CHECK((target.host == "192.0.2.1" || target.key == nullptr));
  world.break_catalog(false);
  world.clock.advance(1min);
  CHECK(world.reachable("new") == "1");
  CHECK(world.reachable("old") == "0");
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'probe_failed'") == 1);
}

TEST_CASE("the port and user that were probed are told, whatever the instance's row says", "[probing]") {
  ProbeWorld world;
  world.settings.user = "ops";
  Instance mapped = ProbeWorld::machine("a", "192.0.2.1");
  mapped.ssh_port.reset();
  mapped.attributes.edit().internal_port_mappings = {{2201, 22}};
  world.put(mapped);
  world.prober.network["192.0.2.1"] = FakeHost{{make_key("a")}};
  world.start();
  world.clock.advance(10s);
  CHECK(sql_text(world.one("SELECT ssh_user || ':' || ssh_port FROM ssh_probes")) == "ops:2201");
  CHECK(world.prober.contacts.back().port == 2201);
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("an operator hears that a probe came to nothing because the catalog takes nothing", "[probing]") {
  ProbeWorld world;
  world.start();
  world.break_catalog(true);
  world.boot("a", "192.0.2.1");
  world.clock.advance(6s);
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("a", told);
  world.clock.advance(2s);
  REQUIRE(told.has_value());
  REQUIRE_FALSE(told->has_value());
  CHECK(told->error().kind == Errc::internal);
  CHECK(told->error().message.find("the disk is full") != std::string::npos);
}

TEST_CASE("what has ended is forgotten, also when it ended while nobody watched", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.boot("b", "192.0.2.2");
  world.start();
  world.clock.advance(2min);
  CHECK(world.count("SELECT count(*) FROM host_keys") == 2);
  world.remove("a");
  world.clock.advance(1min);
  CHECK(world.count("SELECT count(*) FROM host_keys WHERE cloud_id = 'a'") == 0);
  CHECK(world.count("SELECT count(*) FROM ssh_probes WHERE cloud_id = 'a'") == 0);
  world.stop();
  world.sync.start(world.account);
  world.remove("b");
  world.clock.advance(1min);
  CHECK(world.count("SELECT count(*) FROM host_keys WHERE cloud_id = 'b'") == 1);
  world.start();
  world.clock.advance(2s);
  CHECK(world.count("SELECT count(*) FROM host_keys") == 0);
}

TEST_CASE("an operator's probe is made at once, and its outcome counts like any other's", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(10s);
  const std::size_t before = world.prober.contacts.size();
  world.prober.network["192.0.2.1"].lets_in = false;
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("a", told);
  world.clock.advance(2s);
  REQUIRE(told.has_value());
  REQUIRE(told->has_value());
  const std::optional<ProbeOutcome> outcome = **told;
  REQUIRE(outcome);
  CHECK(outcome->record.stage == "auth");
  CHECK_FALSE(outcome->record.is_ok);
  CHECK(outcome->host_key == make_key("a"));
  CHECK(world.prober.contacts.size() > before);
  world.clock.advance(2s);
  CHECK(world.reachable("a") == "0");
}

TEST_CASE("an operator who asks again joins the probe that takes long", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(10s);
  const std::size_t before = world.prober.contacts.size();
  world.prober.takes = 20s;
  std::optional<ProbeWorld::Asked> told;
  for (int i = 0; i < 2; ++i) {
    world.ask_probe("a", told);
    world.clock.advance(8s);
    REQUIRE(told.has_value());
    REQUIRE(told->has_value());
    CHECK_FALSE(**told);
  }
  world.ask_probe("a", told);
  world.clock.advance(5s);
  REQUIRE(told.has_value());
  REQUIRE(told->has_value());
  REQUIRE(**told);
  CHECK((**told)->record.is_ok);
  CHECK(world.prober.contacts.size() == before + 1);
}

TEST_CASE("an operator hears why there is nothing to probe", "[probing]") {
  ProbeWorld world;
  world.put(ProbeWorld::machine("a", ""));
  world.start();
  world.clock.advance(10s);
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("a", told);
  world.clock.advance(1s);
  REQUIRE(told.has_value());
  CHECK(told->error().kind == Errc::instance_not_found);
  world.boot("a", "192.0.2.1");
  world.clock.advance(10s);
  Instance stopped = ProbeWorld::machine("a", "192.0.2.1");
  stopped.status = LifecycleStatus::stopped;
  world.put(stopped);
  world.clock.advance(10s);
  world.ask_probe("a", told);
  world.clock.advance(1s);
  CHECK(told->error().kind == Errc::conflict);
}

TEST_CASE("an operator whose instance vanishes meanwhile does not wait for ever", "[probing]") {
  ProbeWorld world;
  world.boot("a", "192.0.2.1");
  world.start();
  world.clock.advance(10s);
  world.prober.network.clear();
  std::optional<ProbeWorld::Asked> told;
  world.ask_probe("a", told);
  world.remove("a");
  world.clock.advance(2min);
  REQUIRE(told.has_value());
}

}  // namespace tally::probe_scheduler_test
