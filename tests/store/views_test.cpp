// The views that add things up.
#include <catch2/catch.hpp>

#include "tests/store/catalog_world.hpp"

namespace tally::views_test {
using namespace tally::store_tests;

namespace {

InstanceType priced(const std::string& location, std::int64_t nanos, bool is_available = true) {
  InstanceType type = make_type(location, "h100");
  type.prices.at(0).amount = Money{nanos, {}};
  type.is_available = is_available;
  if (!is_available) type.availability_reason = AvailabilityReason::capacity;
  return type;
}

Instance machine(const std::string& id, LifecycleStatus status, std::int64_t nanos) {
  Instance instance = full_instance();
  instance.cloud_id = CloudId(id);
  instance.status = status;
  instance.price = Money{nanos, {}};
  instance.created_at = now() - 10h;
  instance.tags = {{"team", "vision"}};
  return instance;
}

OperationRecord operation_on(const std::string& id, OperationKind kind, OperationState state) {
  OperationRecord one;
  one.id = std::string(to_string(kind)) + " " + id;
  one.kind = kind;
  one.credential = cred;
  one.ref_id = RefId("ref");
  one.cloud_id = CloudId(id);
  one.state = state;
  one.created_at = now();
  return one;
}

/// "": it has no machine.
OperationRecord create_of(const std::string& id, OperationState state = OperationState::succeeded) {
  return operation_on(id, OperationKind::create, state);
}
OperationRecord end_of(const std::string& id, OperationState state) {
  return operation_on(id, OperationKind::terminate, state);
}

JournalChanges journaled(const std::vector<OperationRecord>& operations) {
  JournalChanges changes;
  changes.at = now();
  changes.operations = operations;
  return changes;
}

}  // namespace

TEST_CASE("best_offers holds the cheapest that can be launched and is not stale", "[store]") {
  World world;
  for (const InstanceType& type : {priced("a", 300), priced("b", 200), priced("c", 100, false), priced("d", 200)}) {
    world.catalog.apply(cred, addition(type, now()), state(types_listing, now()));
  }
  CHECK(world.integer("SELECT count(*) FROM best_offers") == 1);
  CHECK(world.one("SELECT location FROM best_offers") == SqlValue("b"));
  CHECK(world.integer("SELECT price_nanos FROM best_offers") == 200);
  world.catalog.record({{cred, state(types_listing, now() - 1h)}});
  CHECK(world.integer("SELECT count(*) FROM best_offers") == 0);
}

TEST_CASE("views keep to what DuckDB's reader of SQLite files passes on", "[store]") {
  World world;  // count(*) becomes count_star() there, and the parts of a UNION get brackets: SQLite has neither
  CHECK(world.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND sql LIKE '%count(*)%'") == 0);
  CHECK(world.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND sql LIKE '%UNION%'") == 0);
}

TEST_CASE("a machine that two credentials of a tenant see burns once, for the one that made it", "[store]") {
  World world;
  CredentialRecord first = record();
  CredentialRecord other = record();
  other.ref = CredentialRef("another");
  world.catalog.set_credentials({other, first}, now());
  for (const CredentialRef& seen_by : {other.ref, cred}) {
    world.catalog.apply(seen_by, addition(machine("i-1", LifecycleStatus::running, 2'000'000'000), now()),
                        state(instances_listing, now()));
    world.catalog.apply(seen_by, addition(machine("i-2", LifecycleStatus::stopped, 1'000'000'000), now()),
                        state(instances_listing, now()));
  }
  CHECK(world.integer("SELECT instances FROM burns WHERE scope = 'tenant' AND name = 'fake-1'") == 1);
  CHECK(world.integer("SELECT price_nanos FROM burns WHERE scope = 'tenant'") == 2'000'000'000);
  CHECK(world.one("SELECT name FROM burns WHERE scope = 'credential'") == SqlValue("cred"));
  CHECK(world.integer("SELECT instances FROM burns WHERE scope = 'tag' AND name = 'team=vision'") == 1);
  const double cost = std::get<double>(world.one("SELECT cost_to_date FROM burns WHERE scope = 'tenant'"));
  CHECK(cost == Approx(20.0).epsilon(0.001));
  CHECK(world.integer("SELECT count(*) FROM running_instances") == 2);
  CHECK(std::get<double>(world.one("SELECT hours FROM running_instances")) == Approx(10.0).epsilon(0.001));
}

TEST_CASE("orphans name each reason for which nobody answers for a machine", "[store]") {
  World world;
  world.catalog.apply(cred, addition(priced("a", 1), now()), state(types_listing, now()));
  Instance known = machine("known", LifecycleStatus::running, 1);
  known.instance_type_id = priced("a", 1).id;
  Instance stranger = known;
  stranger.cloud_id = CloudId("stranger");
  stranger.ref_id = RefId();
  stranger.cloud_cred_ref_id = CredentialRef();
  Instance lost = known;
  lost.cloud_id = CloudId("lost");
  lost.cloud_cred_ref_id = CredentialRef("gone");
  Instance odd = known;
  odd.cloud_id = CloudId("odd");
  odd.instance_type_id = InstanceTypeId("nowhere");
  for (const Instance& instance : {known, stranger, lost, odd}) {
    world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  }
  world.catalog.apply(cred, journaled({create_of("known"), create_of("odd")}));
  const auto rows = Reader(world.file).query("SELECT cloud_id, reason FROM orphans ORDER BY cloud_id").rows;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == std::vector<SqlValue>{"lost", "unknown_credential"});
  CHECK(rows[1] == std::vector<SqlValue>{"odd", "unknown_type"});
  CHECK(rows[2] == std::vector<SqlValue>{"stranger", "no_ref_id"});
  CHECK(world.integer(
            "SELECT count(*) FROM orphans JOIN instances USING (credential, cloud_id, seen_at_ms, is_stale)") == 3);
  CHECK(world.integer("SELECT max(is_stale) FROM orphans") == 0);
}

TEST_CASE("a machine of a credential in force that nothing in its journal answers for is an orphan", "[store]") {
  World world;
  world.catalog.apply(cred, addition(machine("i-1", LifecycleStatus::running, 1), now()),
                      state(instances_listing, now()));
  const auto reasons = [&world](const std::vector<OperationRecord>& operations) {
    if (!operations.empty()) world.catalog.apply(cred, journaled(operations));
    return world.one("SELECT coalesce(group_concat(reason), '') FROM orphans");
  };
  const SqlValue shown("not_in_journal");
  const SqlValue answered_for("");
  CHECK(reasons({}) == shown);
  SECTION("its own create answers, unless it came to nothing") {
    for (const OperationState state : {OperationState::started, OperationState::succeeded, OperationState::adopted}) {
      CHECK(reasons({create_of("i-1", state)}) == answered_for);
    }
    for (const OperationState state : {OperationState::failed, OperationState::cleaned_up}) {
      CHECK(reasons({create_of("i-1", state)}) == shown);
    }
  }
  SECTION("another machine's create does not, nor one of another RefID") {
    CHECK(reasons({create_of("i-2")}) == shown);
    OperationRecord other = create_of("");
    other.id = "other";
    other.ref_id = RefId("other");
    CHECK(reasons({other}) == shown);
  }
  SECTION("a create that goes on answers, until the provider refuses to end what it made") {
    CHECK(reasons({create_of("", OperationState::started)}) == answered_for);
    CHECK(reasons({create_of("", OperationState::unknown)}) == answered_for);
    CHECK(reasons({end_of("i-1", OperationState::started)}) == answered_for);
    CHECK(reasons({end_of("i-1", OperationState::unknown)}) == shown);
  }
  SECTION("a terminate that goes on answers for what a create left") {
    CHECK(reasons({create_of("i-1", OperationState::cleaned_up), end_of("i-1", OperationState::started)}) ==
          answered_for);
    CHECK(reasons({end_of("i-1", OperationState::unknown)}) == shown);
  }
  SECTION("another credential's journal does not") {
    CredentialRecord other = record();
    other.ref = CredentialRef("other");
    world.catalog.set_credentials({record(), other}, now());
    world.catalog.apply(other.ref, journaled({create_of("i-1")}));
    CHECK(reasons({}) == shown);
  }
}

TEST_CASE("health is the first that holds of removed, unknown, failing, stale and fresh", "[store]") {
  World world;
  const auto health = [&world] { return world.one("SELECT health FROM credentials"); };
  CHECK(health() == SqlValue("unknown"));
  ListingState types = state(types_listing, now());
  ListingState machines = state(instances_listing, now());
  world.catalog.record({{cred, types}, {cred, machines}});
  CHECK(health() == SqlValue("fresh"));
  CHECK(world.integer("SELECT interval_ms FROM sync_states WHERE syncer = 'instances'") == 60'000);
  machines.last_success_at = now() - 1h;
  world.catalog.record({{cred, machines}});
  CHECK(health() == SqlValue("stale"));
  types.failing_since = now();
  world.catalog.record({{cred, types}});
  CHECK(health() == SqlValue("failing"));
  CHECK(world.integer("SELECT listings FROM credentials") == 2);
  CHECK(world.integer("SELECT listings_failing FROM credentials") == 1);
  world.catalog.set_credentials({}, now());
  CHECK(health() == SqlValue("removed"));
}

TEST_CASE("a listing of a closed location counts for nothing in health, except for live machines in it", "[store]") {
  World world;
  ChangeSet closed;
  closed.at = now();
  KnownLocation location;
  Location row_of_it = make_location("a");
  row_of_it.is_available = false;
  location.row = row(row_of_it);
  closed.locations.push_back(location);
  world.catalog.apply(cred, closed, state(types_listing, now()));
  ListingState failing = state({SyncerKind::instances, "a"}, now());
  failing.failing_since = now() - 1h;
  world.catalog.record({{cred, failing}, {cred, state(instances_listing, now())}});
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("fresh"));
  CHECK(world.integer("SELECT listings FROM credentials") == 2);
  ChangeSet born = addition(machine("i-1", LifecycleStatus::running, 1), now());
  born.instances.at(0).listing = failing.key;
  world.catalog.apply(cred, born, failing);
  CHECK(world.one("SELECT health FROM credentials") == SqlValue("failing"));
}

TEST_CASE("a sum says how old and how complete its ground is", "[store]") {
  World world;
  world.catalog.apply(cred, addition(machine("i-1", LifecycleStatus::running, 1), now()),
                      state(instances_listing, now()));
  const auto is_stale = [&world] { return world.integer("SELECT is_stale FROM burns WHERE scope = 'credential'"); };
  CHECK(is_stale() == 0);
  CHECK(world.integer("SELECT count(*) FROM burns b JOIN instances i USING (seen_at_ms) WHERE scope = 'credential'") ==
        1);
  ListingState elsewhere;
  elsewhere.key = {SyncerKind::instances, "b"};
  elsewhere.failing_since = now();
  world.catalog.record({{cred, elsewhere}});
  CHECK(is_stale() == 1);
}

TEST_CASE("an absurd price costs nobody else the sum", "[store]") {
  World world;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const char* id : {"i-1", "i-2", "i-3"}) {
    world.catalog.apply(cred, addition(machine(id, LifecycleStatus::running, most), now()),
                        state(instances_listing, now()));
  }
  CHECK(world.integer("SELECT instances FROM burns WHERE scope = 'credential'") == 3);
  CHECK(world.integer("SELECT price_nanos FROM burns WHERE scope = 'credential'") == most);
}

TEST_CASE("what is asked often is found by an index", "[store]") {
  const World world;
  const auto plan = [&world](const std::string& sql) {
    std::string text;
    for (const auto& step : Reader(world.file).query("EXPLAIN QUERY PLAN " + sql).rows) {
      text += std::get<std::string>(step.at(3)) + "\n";
    }
    return text;
  };
  const auto scans = [&plan](const std::string& sql, const std::string& table) {
    const std::string text = plan(sql);
    INFO(sql << "\n" << text);
    return text.find("SCAN " + table + "\n") != std::string::npos;
  };
  const std::string of_subject =
      "SELECT * FROM events WHERE credential = 'c' AND subject_kind = 'instance' AND subject_id = 'i' ";
  CHECK_FALSE(scans(of_subject + "ORDER BY id DESC LIMIT 10", "e"));
  CHECK_FALSE(scans("SELECT * FROM events WHERE subject_id = 'i' ORDER BY id DESC LIMIT 50", "e"));
  CHECK(plan(of_subject + "ORDER BY id DESC LIMIT 10").find("TEMP B-TREE") == std::string::npos);
  CHECK_FALSE(scans("SELECT count(*) FROM id_problems WHERE credential = 'c' AND ended_at_ms IS NULL", "p"));
  for (const char* view : {"burns", "running_instances", "orphans", "instances WHERE is_ended = 0", "credentials",
                           "instances WHERE cloud_id = 'i' AND is_ended = 0"}) {
    CHECK_FALSE(scans(std::string("SELECT * FROM ") + view, "i"));
  }
  for (const char* view : {"instance_types", "offers", "price_history", "availability_history"}) {
    CHECK_FALSE(
        scans(std::string("SELECT * FROM ") + view + " WHERE credential = 'c' AND instance_type_id = 't'", "t"));
  }
  CHECK_FALSE(scans("SELECT * FROM instance_history WHERE credential = 'c' AND cloud_id = 'i'", "i"));
  CHECK(plan("SELECT * FROM instances WHERE cloud_id = 'i' AND is_ended = 0").find("instance_cloud_id") !=
        std::string::npos);
}

}  // namespace tally::views_test
