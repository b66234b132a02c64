// Who answers: pins, alarms, and what is no alarm.
#include <catch2/catch.hpp>

#include "ssh/authorized_key.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/probing/probe_world.hpp"

namespace tally::probe_identity_test {
using namespace tally::fakes;

namespace {

const std::string published_ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVn49VYEmZbjsD6ufsRdy0g6jcGG/7QHhZe+XOHChAY";
const std::string another_ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcArxItUoGtBx8W3kNPaML8oGEhgppZV439fR3ORwUH";
const std::string published_rsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDnW8w8ATl3VAJGF0y8Cu6c3TQEylJwwbINwu2FCbnh+qhTddb2u1PltXSuYbOF"
    "hM1xUeMsl9DZts9OnbpIBRfwGxUAIy2NKQgQhfMk/jFi1vBWfWZJCZyKPF2+Y+FWSfx0XiwSdrdeLESVY+pDu3np0GU9jS3Gpx3h"
    "kjThHenJ0k1db/LSVooXp/xqbSAgX8+rPjmLl3UgTLmMPqVHPuHZnfEBIjA97IVzBTzTu5uLlwQUJSAThINBDkAyXQgXzN5iTp18"
    "5u+gm//M9DKrVxkS/bG0iQh+wkhOH4uofCxzbUgEj4E+HKsOmd3E8jzwJHUH3X0aSZ7qMDXv/ZzsBqu8KIgftrgwG+A1eglnYtmh"
    "k+7ojZ7NHcahOeRuPqvxcEkXaP1AXi3cLEFn5ShfQ45OilMzJKS1tT083UhJBeT79GdlfD6rC9MXKlQWtSeA+UVl+TVIjXqs1fcI"
    "X8w25XIRhZCwIuHuIpcP5P6r7mMqAefe0SNc5c3sHUCZRx8+hRM=";

/// One instance whose host is known and reachable.
struct KnownWorld : ProbeWorld {
  KnownWorld() {
    settings.pace.recheck_interval = 1min;
    boot("a", "192.0.2.1");
    start();
    clock.advance(30s);
    REQUIRE(reachable("a") == "1");
  }
  [[nodiscard]] std::string keys() const {
    std::string text;
    for (const auto& row : sync.reader().query("SELECT fingerprint_sha256, state FROM host_keys ORDER BY 1").rows) {
      text += sql_text(row[0]).substr(7) + " " + sql_text(row[1]) + ";";
    }
    return text;
  }
  [[nodiscard]] std::size_t logins() const {
    return static_cast<std::size_t>(std::count_if(prober.contacts.begin(), prober.contacts.end(),
                                                  [](const SshTarget& target) { return target.key != nullptr; }));
  }
};

}  // namespace

TEST_CASE("where the vendor publishes an instance's host keys, only they answer at the first contact", "[probing]") {
  const HostKey ours = *read_authorized_key(published_ed25519);
  const HostKey rsa = *read_authorized_key(published_rsa);
  const HostKey other = *read_authorized_key(another_ed25519);
  ProbeWorld world;
  Instance machine = ProbeWorld::machine("a", "192.0.2.1");
  machine.attributes.edit().host_keys = {published_rsa, "ssh-ed25519 !", "", published_ed25519};
  world.put(machine);
  const auto keys = [&world] {
    std::map<std::string, std::string> states;
    for (const auto& row : world.sync.reader().query("SELECT fingerprint_sha256, state FROM host_keys").rows) {
      states[sql_text(row[0])] = sql_text(row[1]);
    }
    return states;
  };
  using Keys = std::map<std::string, std::string>;
  const Keys pinned = {{rsa.fingerprint, "pinned"}, {ours.fingerprint, "pinned"}};

  SECTION("one of them") {
    world.prober.network["192.0.2.1"] = FakeHost{{ours}};
    world.start();
    world.clock.advance(30s);
    CHECK(world.reachable("a") == "1");
    CHECK(keys() == pinned);
    for (const SshTarget& contact : world.prober.contacts) CHECK(contact.expected.size() == 2);
    const std::size_t events = world.events().size();
    SECTION("and those that it publishes later are no reason to ask anew") {
      machine.attributes.edit().host_keys = {another_ed25519};
      world.put(machine);
      world.clock.advance(1h);
      CHECK(keys() == pinned);
      CHECK(world.events().size() == events);
      CHECK(world.reachable("a") == "1");
    }
    SECTION("also after a restart, and at another address") {
      world.start();
      machine.public_ip = "192.0.2.2";
      world.put(machine);
      world.prober.network["192.0.2.2"] = FakeHost{{other}};
      world.clock.advance(5min);
      CHECK(world.reachable("a") == "0");
      CHECK(keys().at(other.fingerprint) == "changed");
    }
  }
  SECTION("another one is an alarm, and nobody logs in") {
    world.prober.network["192.0.2.1"] = FakeHost{{other}};
    world.start();
    world.clock.advance(5min);
    CHECK(world.reachable("a") == "0");
    Keys changed = pinned;
    changed[other.fingerprint] = "changed";
    CHECK(keys() == changed);
    const auto told = world.sync.reader().query("SELECT old, new FROM events WHERE kind = 'hostkey_changed'").rows;
    REQUIRE(told.size() == 1);
    CHECK(told[0] == std::vector<SqlValue>{ours.fingerprint, other.fingerprint});
    const auto& contacts = world.prober.contacts;
    const bool is_logged_in = std::any_of(contacts.begin(), contacts.end(), [&](const SshTarget& target) {
      return target.key != nullptr && target.expected.empty();
    });
    CHECK_FALSE(is_logged_in);
  }
  SECTION("what is no key is as if it were not there") {
    machine.attributes.edit().host_keys = {"ssh-ed25519 !", "nonsense AAAA"};
    world.put(machine);
    world.prober.network["192.0.2.1"] = FakeHost{{other}};
    world.start();
    world.clock.advance(30s);
    CHECK(world.reachable("a") == "1");
    CHECK(keys() == Keys{{other.fingerprint, "pinned"}});
  }
}

TEST_CASE("a changed host key is one event, and nothing more is done with the host", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(2min);
  CHECK(world.events().back() == "hostkey_changed a");
  CHECK(world.keys() == "a pinned;b changed;");
  CHECK(world.reachable("a") == "0");
  const std::size_t logins = world.logins();
  const std::size_t events = world.events().size();
  world.clock.advance(is_slow_build ? 1h : 10h);
  CHECK(world.logins() == logins);
  CHECK(world.events().size() == events);
  const auto event = world.sync.reader().query("SELECT old, new FROM events WHERE kind = 'hostkey_changed'").rows;
  REQUIRE(event.size() == 1);
  CHECK(event[0] == std::vector<SqlValue>{"SHA256:a", "SHA256:b"});

  SECTION("also after a restart") {
    world.start();
    world.clock.advance(2h);
    CHECK(world.logins() == logins);
    CHECK(world.events().size() == events);
    CHECK(world.reachable("a") == "0");
  }
  SECTION("also when it answers with the former key again") {
    world.prober.network["192.0.2.1"].keys = {make_key("a")};
    world.clock.advance(2h);
    CHECK(world.logins() == logins);
    CHECK(world.reachable("a") == "0");
  }
  SECTION("a third key is news") {
    world.prober.network["192.0.2.1"].keys = {make_key("c")};
    world.clock.advance(5min);
    CHECK(world.events().size() == events + 1);
    CHECK(world.keys() == "a pinned;c changed;");
  }
}

TEST_CASE("a changed key that is trusted takes the place of the pinned one, and the host is probed at once",
          "[probing]") {
  KnownWorld world;
  CHECK(world.trust("a").error().kind == Errc::conflict);
  CHECK(world.trust("nobody").error().kind == Errc::instance_not_found);
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(3min);
  REQUIRE(world.keys() == "a pinned;b changed;");
  REQUIRE(world.trust("a"));
  CHECK(world.keys() == "b trusted;");
  world.clock.advance(2s);
  CHECK(world.reachable("a") == "1");
  CHECK(world.logins() > 1);
  world.prober.network["192.0.2.1"].keys = {make_key("a")};
  world.clock.advance(3min);
  CHECK(world.keys() == "a changed;b trusted;");
}

TEST_CASE("a changed key that is not the one that somebody looked at is not trusted", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(3min);
  const Result<void> trusted = world.trust("a", make_key("c").fingerprint);
  REQUIRE_FALSE(trusted);
  CHECK(trusted.error().kind == Errc::conflict);
  CHECK(trusted.error().message.find(make_key("b").fingerprint) != std::string::npos);
  CHECK(world.keys() == "a pinned;b changed;");
}

TEST_CASE("a changed key that is stopped, started and trusted meanwhile", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(3min);
  Instance stopped = ProbeWorld::machine("a", "192.0.2.1");
  stopped.status = LifecycleStatus::stopped;
  world.put(stopped);
  world.clock.advance(10s);
  REQUIRE(world.trust("a"));
  world.put(ProbeWorld::machine("a", "192.0.2.1"));
  world.clock.advance(10s);
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("an extra key of another type on a server is no alarm", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("rsa", "ssh-rsa"), make_key("a")};
  world.clock.advance(10min);
  CHECK(world.keys() == "a pinned;");
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("a server that has no key of the pinned type any more has changed its key", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("rsa", "ssh-rsa")};
  world.clock.advance(3min);
  CHECK(world.keys() == "a pinned;rsa changed;");
  CHECK(world.events().back() == "hostkey_changed a");
  const std::size_t logins = world.logins();
  world.clock.advance(1h);
  CHECK(world.events().back() == "hostkey_changed a");
  REQUIRE(world.trust("a"));
  world.clock.advance(2s);
  CHECK(world.keys() == "rsa trusted;");
  CHECK(world.reachable("a") == "1");
  CHECK(world.logins() == logins + 1);
}

TEST_CASE("an address that went to another machine is no alarm, however long the listing is silent", "[probing]") {
  KnownWorld world;
  world.account.fault = [](const std::string&) {
    Error error;
    error.kind = Errc::service_unavailable;
    return std::optional(error);
  };
  world.clock.advance(10s);
  world.remove("a");
  world.boot("b", "192.0.2.1");
  world.clock.advance(20min);
  CHECK(world.reachable("a") == "0");
  CHECK(world.keys() == "a pinned;");
  world.account.fault = nullptr;
  world.clock.advance(6min);
  CHECK(world.keys() == "b pinned;");
  CHECK(world.reachable("b") == "1");
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'hostkey_changed'") == 0);
}

TEST_CASE("a key that cannot be stored is not trusted, and trusting it again works", "[probing]") {
  KnownWorld world;
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(3min);
  world.break_catalog(true);
  const Result<void> failed = world.trust("a");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == Errc::internal);
  CHECK(world.keys() == "a pinned;b changed;");
  world.clock.advance(3min);
  CHECK(world.reachable("a") == "0");
  world.break_catalog(false);
  REQUIRE(world.trust("a"));
  world.clock.advance(2s);
  CHECK(world.keys() == "b trusted;");
  CHECK(world.reachable("a") == "1");
}

TEST_CASE("a real change is told once the listing speaks again", "[probing]") {
  KnownWorld world;
  world.account.fault = [](const std::string&) { return std::optional(Error()); };
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  world.clock.advance(20min);
  CHECK(world.keys() == "a pinned;");
  world.account.fault = nullptr;
  world.clock.advance(7min);
  CHECK(world.keys() == "a pinned;b changed;");
}

TEST_CASE("a pin made at an address that was another's by then is dropped", "[probing]") {
  ProbeWorld world;
  world.put(ProbeWorld::machine("a", "192.0.2.1"));
  world.start();
  world.clock.advance(5s);
  // The next contact with the address meets another machine, before a listing tells.
  world.prober.network["192.0.2.1"] = FakeHost{{make_key("b")}};
  world.account.fault = [](const std::string&) { return std::optional(Error()); };
  world.clock.advance(20s);
  REQUIRE(world.count("SELECT count(*) FROM host_keys WHERE cloud_id = 'a'") == 1);
  world.account.fault = nullptr;
  world.put(ProbeWorld::machine("b", "192.0.2.1"));
  Instance moved = ProbeWorld::machine("a", "192.0.2.2");
  SECTION("moved") { world.boot("a", "192.0.2.2"); }
  SECTION("stopped") {
    moved.status = LifecycleStatus::stopped;
    world.put(moved);
  }
  world.clock.advance(6min);
  CHECK(world.count("SELECT count(*) FROM host_keys WHERE cloud_id = 'a' AND fingerprint_sha256 = 'SHA256:b'") == 0);
  world.boot("a", "192.0.2.2");
  world.clock.advance(1min);
  CHECK(world.reachable("a") == "1");
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'hostkey_changed'") == 0);
}

TEST_CASE("an alarm that the catalog could not take is raised once it can", "[probing]") {
  KnownWorld world;
  world.break_catalog(true);
  world.prober.network["192.0.2.1"].keys = {make_key("b")};
  const std::size_t logins = world.logins();
  world.clock.advance(30min);
  world.break_catalog(false);
  world.clock.advance(2min);
  CHECK(world.keys() == "a pinned;b changed;");
  CHECK(world.count("SELECT count(*) FROM events WHERE kind = 'hostkey_changed'") == 1);
  for (std::size_t i = logins; i < world.prober.contacts.size(); ++i) {
    CHECK((world.prober.contacts[i].key == nullptr || !world.prober.contacts[i].expected.empty()));
  }
}

}  // namespace tally::probe_identity_test
