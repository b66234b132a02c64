// The journal of operations: written, read back, and shown by the views.
#include <catch2/catch.hpp>
#include <utility>

#include "tests/store/catalog_world.hpp"

namespace tally::journal_tables_test {
using namespace tally::store_tests;

namespace {

OperationRecord operation(const std::string& id, OperationKind kind = OperationKind::create) {
  OperationRecord one;
  one.id = id;
  one.kind = kind;
  one.credential = cred;
  one.ref_id = RefId("job");
  one.created_at = Timestamp(10h);
  one.request_sha256 = "digest";
  one.generation = 2;
  one.location = "east";
  one.sub_location = "a";
  one.type = "h100";
  one.is_spot = true;
  one.price = Money::parse("2.5", *Currency::from_code("EUR"));
  return one;
}

JournalChanges everything() {
  JournalChanges changes;
  changes.at = Timestamp(11h);
  changes.operations = {operation("op-1")};
  AttemptRecord attempt;
  attempt.operation_id = "op-1";
  attempt.number = 1;
  attempt.token = "t";
  attempt.sub_location = "a";
  attempt.image_id = "ubuntu";
  attempt.begun_at = Timestamp(10h);
  attempt.ended_at = Timestamp(11h);
  attempt.outcome = AttemptOutcome::partly;
  attempt.error_kind = "internal";
  attempt.error = "half";
  changes.attempts = {attempt};
  changes.resources = {{"op-1", {HandleKind::disk, "d-1", "disk"}, "east", ResourceState::removing, "in use"}};
  changes.holds = {{"h100", "east", "", UsageClass::spot, Timestamp(1h), Timestamp(2h)}};
  changes.retirements = {{CloudId("i-1"), Timestamp(20h), 1}};
  changes.events = {{"operation_started", "operation", "op-1", {}, {}, {}, {}}};
  return changes;
}

}  // namespace

TEST_CASE("what is journaled comes back as it went in", "[store]") {
  World world;
  const JournalChanges changes = everything();
  world.catalog.apply(cred, changes);
  const JournalRecords loaded = world.catalog.load_journal(cred);
  CHECK(loaded.operations == changes.operations);
  CHECK(loaded.attempts == changes.attempts);
  CHECK(loaded.resources == changes.resources);
  CHECK(loaded.holds == changes.holds);
  CHECK(loaded.retirements == changes.retirements);
  CHECK(world.catalog.load_journal(CredentialRef("other")).operations.empty());
}

TEST_CASE("a record takes the place of the one with its key", "[store]") {
  World world;
  JournalChanges changes = everything();
  world.catalog.apply(cred, changes);
  changes.operations[0].state = OperationState::cleaned_up;
  changes.operations[0].cloud_id = CloudId("i-1");
  changes.operations[0].finished_at = Timestamp(12h);
  changes.operations[0].error = "no";
  changes.operations[0].settled_at = Timestamp(13h);
  changes.attempts[0].outcome = AttemptOutcome::answered;
  changes.resources[0].state = ResourceState::removed;
  changes.holds_ended = std::exchange(changes.holds, {});
  changes.retirements_ended = {CloudId("i-1")};
  changes.retirements.clear();
  world.catalog.apply(cred, changes);
  const JournalRecords loaded = world.catalog.load_journal(cred);
  CHECK(loaded.operations == changes.operations);
  CHECK(loaded.attempts == changes.attempts);
  CHECK(loaded.resources.empty());
  CHECK(loaded.holds.empty());
  CHECK(loaded.retirements.empty());
  CHECK(world.one("SELECT state FROM operation_resources") == SqlValue("removed"));
}

TEST_CASE("the journal remembers every create, and of the others what is not over", "[store]") {
  World world;
  JournalChanges changes;
  for (const OperationKind kind : {OperationKind::create, OperationKind::stop}) {
    for (const bool is_over : {false, true}) {
      OperationRecord one = operation(std::string(to_string(kind)) + (is_over ? " over" : ""), kind);
      if (is_over) one.finished_at = Timestamp(12h);
      changes.operations.push_back(one);
    }
  }
  world.catalog.apply(cred, changes);
  std::vector<std::string> ids;
  for (const OperationRecord& one : world.catalog.load_journal(cred).operations) ids.push_back(one.id);
  CHECK(ids == std::vector<std::string>{"create", "create over", "stop"});
}

TEST_CASE("an attempt without its operation cannot be written", "[store]") {
  World world;
  JournalChanges changes;
  changes.attempts.resize(1);
  CHECK_THROWS_AS(world.catalog.apply(cred, changes), StoreError);
}

TEST_CASE("the views show operations, their resources, holds and when a machine retires", "[store]") {
  World world;
  world.catalog.apply(cred, addition(make_instance("i-1"), Timestamp(1h)), state(instances_listing, Timestamp(1h)));
  CHECK(world.one("SELECT retire_at_ms FROM instances") == SqlValue());
  world.catalog.apply(cred, everything());
  const auto rows = Reader(world.file)
                        .query(
                            "SELECT kind, state, type, price_per_hour, currency, attempts, generation "
                            "FROM operations")
                        .rows;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0] == std::vector<SqlValue>{"create", "started", "h100", 2.5, "EUR", std::int64_t{2}, std::int64_t{2}});
  CHECK(world.one("SELECT vendor_id || state || error FROM operation_resources") == SqlValue("d-1removingin use"));
  CHECK(world.one("SELECT sub_location FROM holds") == SqlValue());
  CHECK(world.one("SELECT usage_class FROM holds") == SqlValue("spot"));
  CHECK(world.integer("SELECT retire_at_ms FROM instances") == Timestamp(20h).time_since_epoch().count());
  CHECK(world.one("SELECT kind FROM events") == SqlValue("operation_started"));
}

}  // namespace tally::journal_tables_test
