#include "store/notify_tables.hpp"

#include <variant>

#include "runtime/contains.hpp"

namespace tally {
namespace {

/// What waits for a rule that is gone is given up: nobody knows where to any more.
void remove_rule(sqlite::Connection& connection, const std::string& name) {
  connection.statement("DELETE FROM notify_rule WHERE name = ?").bind(name).run();
  connection
      .statement(
          "UPDATE delivery SET body = NULL, error = 'given up: its rule was removed' WHERE notify = ? AND body IS NOT "
          "NULL")
      .bind(name)
      .run();
}

std::vector<std::string> stored_rules(sqlite::Connection& connection) {
  std::vector<std::string> names;
  sqlite::Statement& select = connection.statement("SELECT name FROM notify_rule").bind();
  while (select.step()) names.push_back(select.text(0));
  select.reset();
  return names;
}

/// Tests are not repeated: one that a crash cut off does not wait.
RuleProgress load_rule(sqlite::Connection& connection, const std::string& name) {
  RuleProgress progress;
  sqlite::Statement& rule = connection.statement("SELECT read_event_id FROM notify_rule WHERE name = ?").bind(name);
  if (rule.step()) progress.read_event_id = rule.integer(0);
  rule.reset();
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT delivery_id, subject, at_ms, attempts FROM delivery WHERE notify = ? AND "
                                      "body IS NOT NULL AND event_id IS NOT NULL ORDER BY delivery_id")
                                  .bind(name);
  while (select.step()) {
    progress.waiting.push_back({select.integer(0), select.text(1),
                                Timestamp(std::chrono::milliseconds(select.integer(2))),
                                static_cast<int>(select.integer(3))});
  }
  select.reset();
  return progress;
}

std::int64_t write_delivery(sqlite::Connection& connection, const std::string& rule, const NewDelivery& delivery,
                            Timestamp at) {
  connection.statement("INSERT INTO delivery (notify, event_id, subject, at_ms, body) VALUES (?, ?, ?, ?, ?)")
      .bind(rule, delivery.event_id, delivery.subject, std::int64_t{at.time_since_epoch().count()}, delivery.body)
      .run();
  return sqlite3_last_insert_rowid(connection.handle());
}

std::vector<OrphanKey> orphans_of(const Reader::Rows& rows) {
  std::vector<OrphanKey> keys;
  for (const auto& row : rows.rows) {
    keys.push_back({CredentialRef(std::get<std::string>(row.at(0))), CloudId(std::get<std::string>(row.at(1))),
                    std::get<std::string>(row.at(2))});
  }
  return keys;
}

}  // namespace

std::map<std::string, RuleProgress> set_notify_rules(sqlite::Connection& connection,
                                                     const std::vector<std::string>& names) {
  for (const std::string& stored : stored_rules(connection)) {
    if (!contains(names, stored)) remove_rule(connection, stored);
  }
  connection
      .statement(
          "UPDATE delivery SET body = NULL, error = 'given up: tallyd ended before it was sent' WHERE body IS NOT NULL "
          "AND event_id IS NULL")
      .run();
  std::map<std::string, RuleProgress> rules;
  for (const std::string& name : names) {
    connection
        .statement(
            "INSERT OR IGNORE INTO notify_rule (name, read_event_id) VALUES (?, coalesce((SELECT seq FROM "
            "sqlite_sequence WHERE name = 'event'), 0))")
        .bind(name)
        .run();
    rules.emplace(name, load_rule(connection, name));
  }
  return rules;
}

std::map<std::string, std::vector<WaitingDelivery>> write_events_read(sqlite::Connection& connection,
                                                                      const EventsRead& read) {
  std::map<std::string, std::vector<WaitingDelivery>> written;
  for (const auto& [rule, deliveries] : read.of_rules) {
    for (const NewDelivery& delivery : deliveries) {
      const std::int64_t id = write_delivery(connection, rule, delivery, read.at);
      written[rule].push_back({id, delivery.subject, read.at, 0});
    }
  }
  connection.statement("UPDATE notify_rule SET read_event_id = ?1 WHERE read_event_id < ?1")
      .bind(read.last_event_id)
      .run();
  return written;
}

void write_outcomes(sqlite::Connection& connection, const std::vector<DeliveryOutcome>& outcomes) {
  for (const DeliveryOutcome& outcome : outcomes) {
    const std::optional<std::int64_t> delivered_ms =
        outcome.delivered_at ? std::optional<std::int64_t>(outcome.delivered_at->time_since_epoch().count())
                             : std::nullopt;
    const auto error = outcome.error.empty() ? std::nullopt : std::optional(outcome.error);
    connection
        .statement(
            "UPDATE delivery SET attempts = ?, delivered_at_ms = ?, error = ?, body = CASE WHEN ? THEN NULL ELSE body "
            "END WHERE delivery_id = ?")
        .bind(outcome.attempts, delivered_ms, error, outcome.is_over, outcome.id)
        .run();
  }
}

Event event_of(const OrphanKey& orphan, bool is_found) {
  Event event;
  event.kind = is_found ? "orphan_found" : "orphan_gone";
  event.subject_kind = "instance";
  event.subject_id = orphan.cloud_id.str();
  (is_found ? event.new_value : event.old_value) = orphan.reason;
  return event;
}

void note_orphan(sqlite::Connection& connection, std::int64_t credential_key, const OrphanKey& orphan, bool is_found) {
  connection
      .statement(is_found ? "INSERT OR IGNORE INTO told_orphan (credential_key, cloud_id, reason) VALUES (?, ?, ?)"
                          : "DELETE FROM told_orphan WHERE credential_key = ? AND cloud_id = ? AND reason = ?")
      .bind(credential_key, orphan.cloud_id.str(), orphan.reason)
      .run();
}

std::optional<std::string> read_delivery_body(Reader& reader, std::int64_t id) {
  const Reader::Rows rows = reader.query("SELECT body FROM delivery WHERE delivery_id = ? AND body IS NOT NULL", {id});
  if (rows.rows.empty()) return std::nullopt;
  return std::get<std::string>(rows.rows.front().front());
}

OrphanNews read_orphan_news(Reader& reader) {
  const std::string told =
      "SELECT c.ref AS credential, t.cloud_id, t.reason FROM told_orphan t JOIN credential c USING (credential_key)";
  const std::string now = "SELECT credential, cloud_id, reason FROM orphans";
  return {orphans_of(reader.query(now + " EXCEPT " + told)), orphans_of(reader.query(told + " EXCEPT " + now))};
}

}  // namespace tally
