// What is learned over SSH: written, read back, shown by the views, and told by events when it changes.
#include <catch2/catch.hpp>

#include "tests/store/catalog_world.hpp"

namespace tally::ssh_tables_test {
using namespace tally::store_tests;

namespace {

const Timestamp begin(100h);

/// A running instance in the catalog, and a probe of it that its row vouches for.
struct SshWorld : World {
  Instance instance = make_instance("i-1");

  SshWorld() { put(instance, begin); }
  void put(const Instance& row, Timestamp status_since) {
    ChangeSet changes = addition(row, status_since);
    catalog.apply(cred, changes, state(instances_listing, status_since));
  }
  [[nodiscard]] ProbeRecord probe(bool is_ok, Timestamp at = begin + 1min) const {
    ProbeRecord record;
    record.cloud_id = instance.cloud_id;
    record.at = at;
    record.host = instance.public_ip;
    record.ssh_user = instance.ssh_user;
    record.ssh_port = instance.ssh_port;
    record.running_since = begin;
    record.stage = is_ok ? "auth" : "tcp";
    record.is_ok = is_ok;
    if (!is_ok) record.error = "connection refused";
    record.total = 35ms;
    record.times[1] = 12ms;
    return record;
  }
  std::vector<std::string> write(const ProbeRecord& record) {
    SshChanges changes;
    changes.probes.push_back(record);
    std::vector<std::string> kinds;
    for (const WrittenEvent& written : catalog.apply(cred, changes)) kinds.push_back(written.event.kind);
    return kinds;
  }
  [[nodiscard]] SqlValue is_reachable() const { return one("SELECT is_reachable FROM instances"); }
};

using Kinds = std::vector<std::string>;
const SqlValue null;

HostKeyRecord host_key(HostKeyState state) {
  HostKeyRecord key;
  key.cloud_id = CloudId("i-1");
  key.key_type = "ssh-ed25519";
  key.fingerprint = "SHA256:" + std::string(to_string(state));
  key.public_key = "AAAA";
  key.state = state;
  key.first_seen_at = begin;
  return key;
}

BootstrapRecord bootstrap() {
  BootstrapRecord record;
  record.cloud_id = CloudId("i-1");
  record.plan_sha256 = "abc";
  record.state = BootstrapState::failed;
  record.attempts = 2;
  record.started_at = begin;
  record.finished_at = begin + 5min;
  record.exit_status = 3;
  record.output = "two\nlines";
  record.error = "the script ended with status 3";
  return record;
}

}  // namespace

TEST_CASE("what was learned over SSH comes back as it went in", "[store]") {
  SshWorld world;
  SshChanges changes;
  changes.probes = {world.probe(false)};
  changes.host_keys = {host_key(HostKeyState::changed), host_key(HostKeyState::pinned)};
  changes.bootstraps = {bootstrap()};
  world.catalog.apply(cred, changes);
  const SshRecords loaded = world.catalog.load_ssh(cred);
  CHECK(loaded.probes == changes.probes);
  CHECK(loaded.host_keys == changes.host_keys);
  CHECK(loaded.bootstraps == changes.bootstraps);

  changes.bootstraps[0].state = BootstrapState::started;
  changes.bootstraps[0].finished_at.reset();
  changes.bootstraps[0].exit_status.reset();
  world.catalog.apply(cred, changes);
  CHECK(world.catalog.load_ssh(cred).bootstraps == changes.bootstraps);
}

TEST_CASE("the views of SSH have the columns that others rely on", "[store]") {
  SshWorld world;
  Reader reader(world.file);
  const auto check = [&reader](const std::string& view, const std::string& columns) {
    INFO(view);
    CHECK_NOTHROW(reader.query("SELECT " + columns + " FROM " + view));
  };
  check("ssh_probes",
        "credential, cloud_id, at_ms, stage, is_ok, error, total_ms, dns_ms, tcp_ms, banner_ms, kex_ms, host_key_ms, "
        "auth_ms, exec_ms");
  check("host_keys", "credential, cloud_id, key_type, fingerprint_sha256, public_key, first_seen_at_ms, state");
  check("bootstraps",
        "credential, cloud_id, state, attempts, started_at_ms, finished_at_ms, exit_status, output, error");
}

TEST_CASE("a host that stays unreachable writes one event", "[store]") {
  SshWorld world;
  CHECK(world.write(world.probe(false)) == Kinds{"probe_failed"});
  CHECK(world.write(world.probe(false, begin + 2min)).empty());
  ProbeRecord other_stage = world.probe(false, begin + 3min);
  other_stage.stage = "banner";
  CHECK(world.write(other_stage).empty());
  CHECK(world.write(world.probe(true, begin + 4min)) == Kinds{"probe_ok"});
  CHECK(world.write(world.probe(true, begin + 5min)).empty());
  CHECK(world.write(world.probe(false, begin + 6min)) == Kinds{"probe_failed"});
  const auto events = Reader(world.file).query("SELECT at_ms, subject_kind, subject_id, new, detail FROM events").rows;
  REQUIRE(events.size() == 3);
  CHECK(events[0] == std::vector<SqlValue>{std::int64_t{(begin + 1min).time_since_epoch().count()}, "instance", "i-1",
                                           "tcp", "connection refused"});
}

TEST_CASE("the first outcome at another address, or of another run, is news", "[store]") {
  SshWorld world;
  CHECK(world.write(world.probe(true)) == Kinds{"probe_ok"});
  ProbeRecord moved = world.probe(true);
  moved.host = "192.0.2.77";
  CHECK(world.write(moved) == Kinds{"probe_ok"});
  moved.running_since = begin + 1h;
  CHECK(world.write(moved) == Kinds{"probe_ok"});
  CHECK(world.write(moved).empty());
}

TEST_CASE("is_reachable speaks of the present address of a running machine only", "[store]") {
  SshWorld world;
  CHECK(world.is_reachable() == null);
  world.write(world.probe(true));
  CHECK(world.is_reachable() == SqlValue(std::int64_t{1}));
  world.write(world.probe(false));
  CHECK(world.is_reachable() == SqlValue(std::int64_t{0}));
  world.write(world.probe(true));
  Instance changed = world.instance;
  SECTION("another address") { changed.public_ip = "192.0.2.9"; }
  SECTION("another user") { changed.ssh_user = "root"; }
  SECTION("another port") { changed.ssh_port = 2222; }
  SECTION("no port") { changed.ssh_port.reset(); }
  SECTION("stopped") { changed.status = LifecycleStatus::stopped; }
  SECTION("ended") { changed.status = LifecycleStatus::terminated; }
  world.put(changed, begin);
  CHECK(world.is_reachable() == null);
}

TEST_CASE("a machine that was stopped and started is not called reachable before it is probed again", "[store]") {
  SshWorld world;
  world.write(world.probe(true));
  world.put(world.instance, begin + 1h);
  CHECK(world.is_reachable() == null);
  ProbeRecord again = world.probe(true);
  again.running_since = begin + 1h;
  world.write(again);
  CHECK(world.is_reachable() == SqlValue(std::int64_t{1}));
}

TEST_CASE("a machine without a public address is reached by name or through its private one", "[store]") {
  SshWorld world;
  Instance changed = world.instance;
  changed.public_ip.clear();
  changed.private_ip = "10.0.0.7";
  changed.ssh_user.clear();
  changed.ssh_port.reset();
  ProbeRecord record = world.probe(true);
  record.ssh_user.clear();
  record.ssh_port.reset();
  record.host = changed.private_ip;
  SECTION("by name") { record.host = changed.public_dns = "vm.example"; }
  SECTION("private") {}
  world.put(changed, begin);
  world.write(record);
  CHECK(world.is_reachable() == SqlValue(std::int64_t{1}));
}

TEST_CASE("a trusted key takes the place of the pinned one, and forgetting leaves nothing", "[store]") {
  SshWorld world;
  SshChanges changes;
  changes.probes = {world.probe(true)};
  changes.host_keys = {host_key(HostKeyState::pinned), host_key(HostKeyState::changed)};
  changes.bootstraps = {bootstrap()};
  world.catalog.apply(cred, changes);
  SshChanges trust;
  trust.host_keys_removed = {host_key(HostKeyState::pinned)};
  HostKeyRecord trusted = host_key(HostKeyState::changed);
  trusted.state = HostKeyState::trusted;
  trust.host_keys = {trusted};
  world.catalog.apply(cred, trust);
  CHECK(world.catalog.load_ssh(cred).host_keys == trust.host_keys);

  SshChanges forget;
  forget.forgotten = {CloudId("i-1")};
  world.catalog.apply(std::map<CredentialRef, SshChanges>{{cred, forget}});
  for (const char* view : {"ssh_probes", "host_keys", "bootstraps"}) {
    CHECK(world.integer(std::string("SELECT count(*) FROM ") + view) == 0);
  }
}

TEST_CASE("a probe shows to whom it went, and since when probes fail", "[store]") {
  SshWorld world;
  ProbeRecord first = world.probe(false, begin + 1min);
  first.probed_user = "admin";
  first.probed_port = 2222;
  world.write(first);
  world.write(world.probe(false, begin + 5min));
  const auto since = [&world] { return world.one("SELECT failing_since_ms FROM ssh_probes"); };
  const SqlValue begun = std::int64_t{(begin + 1min).time_since_epoch().count()};
  CHECK(since() == begun);
  CHECK(world.one("SELECT unreachable_since_ms FROM instances") == begun);
  CHECK(world.one("SELECT unreachable_since_ms FROM running_instances") == begun);

  ProbeRecord moved = first;
  moved.at = begin + 6min;
  moved.host = "192.0.2.9";
  world.write(moved);
  CHECK(world.one("SELECT ssh_user FROM ssh_probes") == SqlValue("admin"));
  CHECK(world.integer("SELECT ssh_port FROM ssh_probes") == 2222);
  CHECK(since() == SqlValue(std::int64_t{(begin + 6min).time_since_epoch().count()}));
  CHECK(world.catalog.load_ssh(cred).probes.at(0) == moved);

  world.write(world.probe(true, begin + 7min));
  CHECK(since() == null);
  CHECK(world.one("SELECT unreachable_since_ms FROM instances") == null);
}

}  // namespace tally::ssh_tables_test
