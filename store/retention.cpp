#include "store/retention.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <tuple>
#include <vector>

#include "runtime/number.hpp"
#include "store/list_tables.hpp"

namespace tally {
namespace json = boost::json;

namespace {

constexpr std::int64_t events_per_batch = 500;
constexpr std::int64_t subjects_per_batch = 200;
constexpr std::chrono::days ended_in_memory{2};  // the syncers remember an ended instance for a day
constexpr std::chrono::days list_unasked{2};     // of one in use some hours at most

using Subject = std::tuple<std::int64_t, std::string, std::string>;  // credential, kind, ID

/// The tracked fields of a subject as the events up to one of them say.
struct Folded {
  json::object fields;
  std::int64_t event_id = 0;  // the last event so far: it becomes the baseline
};

std::string added_kind(const std::string& subject_kind) {
  if (subject_kind == "instance_type") return "type_added";
  return subject_kind + "_added";
}

bool has_tracked_fields(const std::string& subject_kind) {
  return subject_kind == "instance_type" || subject_kind == "instance" || subject_kind == "location";
}

/// The new value as JSON of the kind that the old one had: events have all values as text.
json::value typed(const std::string& text, const json::value* before) {
  const auto number = parse_number<std::int64_t>(text);
  const bool was_text = before != nullptr && before->is_string();
  if (number && !was_text) return *number;
  return json::string(text);
}

void fold(Folded& folded, const sqlite::Statement& event, const std::string& kind, const std::string& subject_kind) {
  if (kind == added_kind(subject_kind)) {
    boost::system::error_code failure;
    json::value detail = json::parse(event.text(6), failure);
    folded.fields = !failure && detail.is_object() ? std::move(detail.get_object()) : json::object();
  }
  if (event.is_null(4)) return;
  const std::string field = event.text(4);
  if (event.is_null(5)) {
    folded.fields[field] = nullptr;
  } else {
    folded.fields[field] = typed(event.text(5), folded.fields.if_contains(field));
  }
}

/// One batch of events, folded into the baselines of their subjects.
class EventBatch {
 public:
  EventBatch(sqlite::Connection& connection, std::int64_t cutoff_ms, std::int64_t last_to_go)
      : connection_(connection), cutoff_ms_(cutoff_ms), last_to_go_(last_to_go) {}

  /// False when there was nothing to prune.
  bool run() {
    const std::int64_t pruned = connection_.integer("SELECT pruned_event_id FROM retention");
    sqlite::Statement& events =
        connection_
            .statement(
                "SELECT event_id, credential_key, subject_kind, coalesce(subject_id, ''), field, new, detail, kind, "
                "at_ms FROM event WHERE event_id > ? ORDER BY event_id LIMIT ?")
            .bind(pruned, events_per_batch);
    std::int64_t last = pruned;
    while (events.step()) {
      if (events.integer(8) >= cutoff_ms_ && events.integer(0) > last_to_go_) break;
      last = events.integer(0);
      see(events);
    }
    events.reset();
    if (last == pruned) return false;
    for (const auto& [subject, folded] : subjects_) keep(subject, folded);
    for (const std::int64_t id : gone_) connection_.statement("DELETE FROM event WHERE event_id = ?").bind(id).run();
    connection_.statement("UPDATE retention SET pruned_event_id = ?").bind(last).run();
    return true;
  }

 private:
  void see(const sqlite::Statement& event) {
    const std::string subject_kind = event.text(2);
    const std::string kind = event.text(7);
    const bool says_something = !event.is_null(4) || kind == added_kind(subject_kind);
    if (!has_tracked_fields(subject_kind) || !says_something) {
      gone_.push_back(event.integer(0));
      return;
    }
    const Subject subject(event.integer(1), subject_kind, event.text(3));
    const auto [at, is_new] = subjects_.try_emplace(subject);
    if (is_new) at->second = baseline(subject);
    if (at->second.event_id != 0) gone_.push_back(at->second.event_id);
    fold(at->second, event, kind, subject_kind);
    at->second.event_id = event.integer(0);
  }

  /// What is left of the subject's earlier events.
  Folded baseline(const Subject& subject) {
    Folded folded;
    const auto& [credential, kind, id] = subject;
    sqlite::Statement& select =
        connection_
            .statement(
                "SELECT e.event_id, e.detail FROM baseline b JOIN event e USING (event_id) WHERE "
                "b.credential_key = ? AND b.subject_kind = ? AND b.subject_id = ?")
            .bind(credential, kind, id);
    if (select.step()) {
      folded.event_id = select.integer(0);
      folded.fields = json::parse(select.text(1)).as_object();
    }
    select.reset();
    return folded;
  }

  void keep(const Subject& subject, const Folded& folded) {
    const auto& [credential, kind, id] = subject;
    connection_
        .statement("UPDATE event SET kind = ?, field = NULL, old = NULL, new = NULL, detail = ? WHERE event_id = ?")
        .bind(added_kind(kind), json::serialize(folded.fields), folded.event_id)
        .run();
    connection_
        .statement(
            "INSERT OR REPLACE INTO baseline (credential_key, subject_kind, subject_id, event_id) VALUES (?, ?, ?, ?)")
        .bind(credential, kind, id, folded.event_id)
        .run();
  }

  sqlite::Connection& connection_;
  std::int64_t cutoff_ms_;
  std::int64_t last_to_go_;
  std::map<Subject, Folded> subjects_;
  std::vector<std::int64_t> gone_;
};

/// The last of a run of subjects that begins after `last_key`; 0 when there are no more.
std::int64_t end_of_run(sqlite::Statement& select, std::int64_t last_key) {
  select.bind(last_key, subjects_per_batch);
  const std::int64_t end = select.step() && !select.is_null(0) ? select.integer(0) : 0;
  select.reset();
  return end;
}

/// Intervals of subjects in (first, last] that were over before the cutoff.
void prune_type_intervals(sqlite::Connection& connection, std::int64_t first, std::int64_t last,
                          std::int64_t cutoff_ms) {
  connection
      .statement(
          "DELETE FROM price_change WHERE instance_type_key > ?1 AND instance_type_key <= ?2 AND from_ms < "
          "(SELECT max(n.from_ms) FROM price_change n WHERE n.instance_type_key = price_change.instance_type_key "
          "AND n.usage_class = price_change.usage_class AND n.from_ms <= ?3)")
      .bind(first, last, cutoff_ms)
      .run();
  connection
      .statement(
          "DELETE FROM availability_change WHERE instance_type_key > ?1 AND instance_type_key <= ?2 AND from_ms < "
          "(SELECT max(n.from_ms) FROM availability_change n WHERE n.instance_type_key = "
          "availability_change.instance_type_key AND n.from_ms <= ?3)")
      .bind(first, last, cutoff_ms)
      .run();
}

void prune_instance_intervals(sqlite::Connection& connection, std::int64_t first, std::int64_t last,
                              std::int64_t cutoff_ms) {
  connection
      .statement(
          "DELETE FROM status_change WHERE instance_key > ?1 AND instance_key <= ?2 AND from_ms < "
          "(SELECT max(n.from_ms) FROM status_change n WHERE n.instance_key = status_change.instance_key AND "
          "n.from_ms <= ?3)")
      .bind(first, last, cutoff_ms)
      .run();
}

/// A row that may go altogether.
struct Forgotten {
  std::int64_t key = 0;
  std::int64_t credential_key = 0;
  std::string id;
};

std::vector<Forgotten> read_forgotten(sqlite::Statement& select) {
  std::vector<Forgotten> rows;
  while (select.step()) rows.push_back({select.integer(0), select.integer(1), select.text(2)});
  select.reset();
  return rows;
}

/// The subject's baseline and its event.
void forget_events(sqlite::Connection& connection, const char* subject_kind, const Forgotten& row) {
  for (const char* sql :
       {"DELETE FROM event WHERE event_id = (SELECT event_id FROM baseline WHERE credential_key = ? AND subject_kind = "
        "? AND subject_id = ?)",
        "DELETE FROM baseline WHERE credential_key = ? AND subject_kind = ? AND subject_id = ?"}) {
    connection.statement(sql).bind(row.credential_key, subject_kind, row.id).run();
  }
}

/// Types in (first, last] that are unlisted, that no instance names, and of which nothing has happened since the
/// cutoff.
void forget_types(sqlite::Connection& connection, std::int64_t first, std::int64_t last, std::int64_t cutoff_ms) {
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT instance_type_key, credential_key, instance_type_id FROM instance_type t WHERE "
              "instance_type_key > ?1 AND instance_type_key <= ?2 AND is_listed = 0 AND seen_at_ms < ?3 "
              "AND NOT EXISTS (SELECT 1 FROM price_change h WHERE h.instance_type_key = t.instance_type_key AND "
              "h.from_ms > ?3) AND NOT EXISTS (SELECT 1 FROM availability_change h WHERE h.instance_type_key = "
              "t.instance_type_key AND h.from_ms > ?3) AND NOT EXISTS (SELECT 1 FROM instance i WHERE "
              "i.credential_key = t.credential_key AND i.instance_type_id = t.instance_type_id) AND NOT EXISTS (SELECT "
              "1 FROM event e WHERE e.subject_id = t.instance_type_id AND e.event_id > (SELECT pruned_event_id FROM "
              "retention) AND e.credential_key = t.credential_key)")
          .bind(first, last, cutoff_ms);
  for (const Forgotten& type : read_forgotten(select)) {
    for (const char* sql :
         {"DELETE FROM price WHERE instance_type_key = ?", "DELETE FROM price_change WHERE instance_type_key = ?",
          "DELETE FROM availability_change WHERE instance_type_key = ?",
          "DELETE FROM instance_type WHERE instance_type_key = ?"}) {
      connection.statement(sql).bind(type.key).run();
    }
    forget_events(connection, "instance_type", type);
  }
}

/// Instances in (first, last] that ended before then, that no listing shows any more, and of which nothing has happened
/// since the cutoff; with what is known of them over SSH.
void forget_instances(sqlite::Connection& connection, std::int64_t first, std::int64_t last,
                      std::int64_t ended_before_ms, std::int64_t cutoff_ms) {
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT instance_key, credential_key, cloud_id FROM instance i WHERE instance_key > ?1 AND instance_key "
              "<= ?2 AND ended_at_ms < ?3 AND is_confirmed = 0 AND NOT EXISTS (SELECT 1 FROM status_change h WHERE "
              "h.instance_key = i.instance_key AND h.from_ms > ?4) AND NOT EXISTS (SELECT 1 FROM event e WHERE "
              "e.subject_id = i.cloud_id AND e.event_id > (SELECT pruned_event_id FROM retention) AND "
              "e.credential_key = i.credential_key)")
          .bind(first, last, ended_before_ms, cutoff_ms);
  for (const Forgotten& instance : read_forgotten(select)) {
    for (const char* sql :
         {"DELETE FROM status_change WHERE instance_key = ?", "DELETE FROM instance WHERE instance_key = ?"}) {
      connection.statement(sql).bind(instance.key).run();
    }
    for (const char* sql : {"DELETE FROM ssh_probe WHERE credential_key = ? AND cloud_id = ?",
                            "DELETE FROM host_key WHERE credential_key = ? AND cloud_id = ?",
                            "DELETE FROM bootstrap WHERE credential_key = ? AND cloud_id = ?"}) {
      connection.statement(sql).bind(instance.credential_key, instance.id).run();
    }
    forget_events(connection, "instance", instance);
  }
}

/// How many events must go so that the pages in use come within the limit, and some way below it: their share of all
/// that may go. Histories, which share the file, are cut at the same moment.
std::int64_t events_over(sqlite::Connection& connection, std::int64_t bytes, std::int64_t events) {
  const std::int64_t used = used_bytes(connection);
  if (used <= bytes) return 0;
  const double share = 1.0 - 0.95 * static_cast<double>(bytes) / static_cast<double>(used);
  return static_cast<std::int64_t>(share * static_cast<double>(events));
}

/// What a pass takes is decided once, at its begin.
void begin_pass(sqlite::Connection& connection, const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor) {
  // Event IDs have no gaps but those that pruning made, so the number of rows is a matter of IDs.
  const std::int64_t newest = connection.integer("SELECT coalesce(max(event_id), 0) FROM event");
  const std::int64_t pruned = connection.integer("SELECT pruned_event_id FROM retention");
  const std::int64_t over = events_over(connection, limits.bytes, newest - pruned);
  cursor.last_event = std::max(newest - limits.rows, over == 0 ? 0 : pruned + over);
  cursor.cutoff_ms = (now - limits.age).time_since_epoch().count();
  sqlite::Statement& at =
      connection.statement("SELECT at_ms FROM event WHERE event_id <= ? ORDER BY event_id DESC LIMIT 1")
          .bind(cursor.last_event);
  // An event that a wrong clock dated ahead must not take all histories with it.
  if (at.step() && at.integer(0) <= now.time_since_epoch().count()) {
    cursor.cutoff_ms = std::max(cursor.cutoff_ms, at.integer(0));
  }
  at.reset();
}

}  // namespace

std::int64_t used_bytes(sqlite::Connection& connection) {
  return (connection.integer("PRAGMA page_count") - connection.integer("PRAGMA freelist_count")) *
         connection.integer("PRAGMA page_size");
}

void prune_batch(sqlite::Connection& connection, const RetentionLimits& limits, Timestamp now,
                 RetentionCursor& cursor) {
  using Stage = RetentionCursor::Stage;
  const auto next = [&cursor](Stage stage) {
    cursor.stage = stage;
    cursor.last_key = 0;
  };
  sqlite::Transaction transaction(connection);
  const std::int64_t changes_before = sqlite3_total_changes(connection.handle());
  switch (cursor.stage) {
    case Stage::begin:
      begin_pass(connection, limits, now, cursor);
      next(Stage::events);
      break;
    case Stage::events:
      if (!EventBatch(connection, cursor.cutoff_ms, cursor.last_event).run()) next(Stage::types);
      break;
    case Stage::types: {
      const std::int64_t end =
          end_of_run(connection.statement("SELECT max(k) FROM (SELECT instance_type_key AS k FROM instance_type "
                                          "WHERE instance_type_key > ? ORDER BY 1 LIMIT ?)"),
                     cursor.last_key);
      if (end == 0) {
        next(Stage::instances);
        break;
      }
      prune_type_intervals(connection, cursor.last_key, end, cursor.cutoff_ms);
      forget_types(connection, cursor.last_key, end, cursor.cutoff_ms);
      cursor.last_key = end;
      break;
    }
    case Stage::instances: {
      const std::int64_t end = end_of_run(connection.statement("SELECT max(k) FROM (SELECT instance_key AS k FROM "
                                                               "instance WHERE instance_key > ? ORDER BY 1 LIMIT ?)"),
                                          cursor.last_key);
      if (end == 0) {
        next(Stage::problems);
        break;
      }
      const std::int64_t ended_before_ms =
          std::min(cursor.cutoff_ms, (now - ended_in_memory).time_since_epoch().count());
      prune_instance_intervals(connection, cursor.last_key, end, cursor.cutoff_ms);
      forget_instances(connection, cursor.last_key, end, ended_before_ms, cursor.cutoff_ms);
      cursor.last_key = end;
      break;
    }
    case Stage::problems:
      connection
          .statement(
              "DELETE FROM problem WHERE problem_key IN (SELECT problem_key FROM problem WHERE ended_at_ms < ? "
              "LIMIT ?)")
          .bind(cursor.cutoff_ms, events_per_batch)
          .run();
      if (sqlite3_changes(connection.handle()) == 0) next(Stage::lists);
      break;
    case Stage::lists:
      if (!forget_list(connection, std::min(cursor.cutoff_ms, (now - list_unasked).time_since_epoch().count())))
        next(Stage::deliveries);
      break;
    case Stage::deliveries:
      connection
          .statement(
              "DELETE FROM delivery WHERE delivery_id IN (SELECT delivery_id FROM delivery WHERE body IS NULL AND "
              "at_ms < ? LIMIT ?)")
          .bind(cursor.cutoff_ms, events_per_batch)
          .run();
      if (sqlite3_changes(connection.handle()) == 0) next(Stage::done);
      break;
    case Stage::done: break;
  }
  cursor.changes += sqlite3_total_changes(connection.handle()) - changes_before;
  transaction.commit();
}

}  // namespace tally
