#include "store/journal_tables.hpp"

#include <array>

#include "store/change_writer.hpp"
#include "store/columns.hpp"
#include "store/parameters.hpp"

namespace tally {
namespace {

constexpr std::array<std::string_view, 5> attempt_outcomes{"begun", "refused", "unknown", "partly", "answered"};
constexpr std::array<std::string_view, 5> resource_states{"made", "in_use", "removing", "removed", "kept"};
constexpr int hold_told = 4;  // added in `retirement.told`

using namespace parameters;

HandleKind handle_kind_from(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(HandleKind::address); ++i) {
    if (to_string(static_cast<HandleKind>(i)) == name) return static_cast<HandleKind>(i);
  }
  throw std::invalid_argument("unknown kind of handle " + name);
}

UsageClass usage_from(const std::string& name) {
  return name == to_string(UsageClass::spot) ? UsageClass::spot : UsageClass::on_demand;
}

class JournalWriter {
 public:
  JournalWriter(sqlite::Connection& connection, std::int64_t credential_key)
      : connection_(connection), credential_key_(credential_key) {}

  void write(const JournalChanges& changes) {
    for (const OperationRecord& operation : changes.operations) write(operation);
    for (const AttemptRecord& attempt : changes.attempts) write(attempt);
    for (const ResourceRecord& resource : changes.resources) write(resource);
    for (const HoldRecord& hold : changes.holds_ended) end(hold);
    for (const HoldRecord& hold : changes.holds) write(hold);
    for (const CloudId& id : changes.retirements_ended) end(id);
    for (const RetirementRecord& retirement : changes.retirements) write(retirement);
    ChangeSet told;
    told.at = changes.at;
    told.events = changes.events;
    if (!told.empty()) ChangeWriter(connection_, credential_key_).write(told);
  }

 private:
  void write(const OperationRecord& one) {
    connection_
        .statement(
            "INSERT INTO operation (id, kind, credential_key, ref_id, cloud_id, state, created_at_ms, finished_at_ms, "
            "error_kind, error, request_sha256, generation, location, sub_location, type, is_spot, price_nanos, "
            "currency, settled_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
            "(id) DO UPDATE SET "
            "ref_id = excluded.ref_id, cloud_id = excluded.cloud_id, state = excluded.state, "
            "finished_at_ms = excluded.finished_at_ms, error_kind = excluded.error_kind, error = excluded.error, "
            "location = excluded.location, sub_location = excluded.sub_location, type = excluded.type, "
            "price_nanos = excluded.price_nanos, currency = excluded.currency, settled_at_ms = excluded.settled_at_ms")
        .bind(one.id, to_string(one.kind), credential_key_, text(one.ref_id), text(one.cloud_id), to_string(one.state),
              ms(one.created_at), ms(one.finished_at), text(one.error_kind), text(one.error), text(one.request_sha256),
              one.generation, text(one.location), text(one.sub_location), text(one.type), one.is_spot, nanos(one.price),
              currency(one.price), ms(one.settled_at))
        .run();
  }

  void write(const AttemptRecord& one) {
    connection_
        .statement(
            "INSERT OR REPLACE INTO operation_attempt (operation_key, number, token, sub_location, image_id, "
            "traces, begun_at_ms, ended_at_ms, outcome, error_kind, error) VALUES ((SELECT operation_key FROM "
            "operation WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(one.operation_id, one.number, text(one.token), text(one.sub_location), text(one.image_id),
              text(one.traces), ms(one.begun_at), ms(one.ended_at), to_string(one.outcome), text(one.error_kind),
              text(one.error))
        .run();
  }

  void write(const ResourceRecord& one) {
    connection_
        .statement(
            "DELETE FROM operation_resource WHERE operation_key = (SELECT operation_key FROM operation WHERE id = ?) "
            "AND "
            "kind = ? AND vendor_id = '' AND name IS ?")
        .bind(one.operation_id, to_string(one.handle.kind), text(one.handle.name))
        .run();
    if (one.handle.vendor_id.empty() && one.state == ResourceState::removed) return;
    connection_
        .statement(
            "INSERT OR REPLACE INTO operation_resource (operation_key, kind, vendor_id, name, location, state, error) "
            "VALUES ((SELECT operation_key FROM operation WHERE id = ?), ?, ?, ?, ?, ?, ?)")
        .bind(one.operation_id, to_string(one.handle.kind), one.handle.vendor_id, text(one.handle.name),
              text(one.location), to_string(one.state), text(one.error))
        .run();
  }

  void write(const HoldRecord& one) {
    connection_
        .statement(
            "INSERT OR REPLACE INTO hold (credential_key, type, location, sub_location, usage_class, since_ms, "
            "until_ms) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(credential_key_, one.type, one.location, one.sub_location, to_string(one.usage_class), ms(one.since),
              ms(one.until))
        .run();
  }

  void end(const HoldRecord& one) {
    connection_
        .statement(
            "DELETE FROM hold WHERE credential_key = ? AND type = ? AND location = ? AND sub_location = ? AND "
            "usage_class = ?")
        .bind(credential_key_, one.type, one.location, one.sub_location, to_string(one.usage_class))
        .run();
  }

  void write(const RetirementRecord& one) {
    connection_
        .statement(
            "INSERT OR REPLACE INTO retirement (credential_key, cloud_id, retire_at_ms, told) VALUES (?, ?, ?, ?)")
        .bind(credential_key_, one.cloud_id.str(), ms(one.retire_at), one.told + (one.is_hold_told ? hold_told : 0))
        .run();
  }

  void end(const CloudId& id) {
    connection_.statement("DELETE FROM retirement WHERE credential_key = ? AND cloud_id = ?")
        .bind(credential_key_, id.str())
        .run();
  }

  sqlite::Connection& connection_;
  std::int64_t credential_key_;
};

std::vector<OperationRecord> load_operations(sqlite::Connection& connection, std::int64_t credential_key,
                                             const CredentialRef& credential) {
  std::vector<OperationRecord> operations;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT id, kind, ref_id, cloud_id, state, created_at_ms, finished_at_ms, error_kind, error, "
              "request_sha256, generation, location, sub_location, type, is_spot, price_nanos, currency, "
              "settled_at_ms FROM operation o WHERE o.credential_key = ? AND (o.kind = 'create' OR o.finished_at_ms IS "
              "NULL) "
              "ORDER BY operation_key")
          .bind(credential_key);
  for_each_row(select, "operation", [&](Columns columns) {
    OperationRecord one;
    one.credential = credential;
    one.id = columns.text();
    const std::string kind = columns.text();
    const auto known_kind = operation_kind_from(kind);
    if (!known_kind) throw std::invalid_argument("unknown kind of operation " + kind);
    one.kind = *known_kind;
    one.ref_id = RefId(columns.text());
    one.cloud_id = CloudId(columns.text());
    const std::string state = columns.text();
    const auto known_state = operation_state_from(state);
    if (!known_state) throw std::invalid_argument("unknown state " + state);
    one.state = *known_state;
    one.created_at = columns.time();
    one.finished_at = columns.optional_time();
    one.error_kind = columns.text();
    one.error = columns.text();
    one.request_sha256 = columns.text();
    one.generation = static_cast<int>(columns.integer());
    one.location = columns.text();
    one.sub_location = columns.text();
    one.type = columns.text();
    one.is_spot = columns.flag();
    one.price = columns.optional_money();
    one.settled_at = columns.optional_time();
    operations.push_back(std::move(one));
  });
  return operations;
}

std::vector<AttemptRecord> load_attempts(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<AttemptRecord> attempts;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT o.id, a.number, a.token, a.sub_location, a.image_id, a.traces, a.begun_at_ms, a.ended_at_ms, "
              "a.outcome, a.error_kind, a.error FROM operation o JOIN operation_attempt a USING (operation_key) "
              "WHERE o.credential_key = ? AND (o.kind = 'create' OR o.finished_at_ms IS NULL) "
              "ORDER BY operation_key, a.number")
          .bind(credential_key);
  for_each_row(select, "operation_attempt", [&](Columns columns) {
    AttemptRecord one;
    one.operation_id = columns.text();
    one.number = static_cast<int>(columns.integer());
    one.token = columns.text();
    one.sub_location = columns.text();
    one.image_id = columns.text();
    one.traces = columns.text();
    one.begun_at = columns.time();
    one.ended_at = columns.optional_time();
    one.outcome = enum_from<AttemptOutcome>(attempt_outcomes, columns.text());
    one.error_kind = columns.text();
    one.error = columns.text();
    attempts.push_back(std::move(one));
  });
  return attempts;
}

std::vector<ResourceRecord> load_resources(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<ResourceRecord> resources;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT o.id, r.kind, r.vendor_id, r.name, r.location, r.state, r.error FROM operation o JOIN "
              "operation_resource r USING (operation_key) WHERE o.credential_key = ? AND r.state <> 'removed' "
              "ORDER BY operation_key, r.kind, r.vendor_id")
          .bind(credential_key);
  for_each_row(select, "operation_resource", [&](Columns columns) {
    ResourceRecord one;
    one.operation_id = columns.text();
    one.handle.kind = handle_kind_from(columns.text());
    one.handle.vendor_id = columns.text();
    one.handle.name = columns.text();
    one.location = columns.text();
    one.state = enum_from<ResourceState>(resource_states, columns.text());
    one.error = columns.text();
    resources.push_back(std::move(one));
  });
  return resources;
}

std::vector<HoldRecord> load_holds(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<HoldRecord> holds;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT type, location, sub_location, usage_class, since_ms, until_ms FROM hold "
                                      "WHERE credential_key = ?")
                                  .bind(credential_key);
  for_each_row(select, "hold", [&](Columns columns) {
    HoldRecord one;
    one.type = columns.text();
    one.location = columns.text();
    one.sub_location = columns.text();
    one.usage_class = usage_from(columns.text());
    one.since = columns.time();
    one.until = columns.time();
    holds.push_back(std::move(one));
  });
  return holds;
}

std::vector<RetirementRecord> load_retirements(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<RetirementRecord> retirements;
  sqlite::Statement& select =
      connection.statement("SELECT cloud_id, retire_at_ms, told FROM retirement WHERE credential_key = ?")
          .bind(credential_key);
  for_each_row(select, "retirement", [&](Columns columns) {
    RetirementRecord one;
    one.cloud_id = CloudId(columns.text());
    one.retire_at = columns.time();
    const auto told = static_cast<int>(columns.integer());
    one.told = told % hold_told;
    one.is_hold_told = told >= hold_told;
    retirements.push_back(std::move(one));
  });
  return retirements;
}

}  // namespace

std::string_view to_string(AttemptOutcome outcome) { return attempt_outcomes.at(static_cast<std::size_t>(outcome)); }
std::string_view to_string(ResourceState state) { return resource_states.at(static_cast<std::size_t>(state)); }

void write_journal(sqlite::Connection& connection, std::int64_t credential_key, const JournalChanges& changes) {
  JournalWriter(connection, credential_key).write(changes);
}

JournalRecords load_journal(sqlite::Connection& connection, std::int64_t credential_key,
                            const CredentialRef& credential) {
  JournalRecords records;
  records.operations = load_operations(connection, credential_key, credential);
  records.attempts = load_attempts(connection, credential_key);
  records.resources = load_resources(connection, credential_key);
  records.holds = load_holds(connection, credential_key);
  records.retirements = load_retirements(connection, credential_key);
  return records;
}

std::vector<Event> abandoned_operations(sqlite::Connection& connection, std::int64_t credential_key) {
  std::vector<Event> events;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT id, kind, coalesce(nullif(ref_id, ''), cloud_id, '') FROM operation "
                                      "WHERE credential_key = ? AND finished_at_ms IS NULL ORDER BY id")
                                  .bind(credential_key);
  while (select.step()) {
    Event event;
    event.kind = "operation_abandoned";
    event.subject_kind = "operation";
    event.subject_id = select.text(0);
    event.detail = select.text(1) + " of " + select.text(2) + ", not over: its credential is not in force any more";
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace tally
