#include "store/retention.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>
#include <tuple>
#include <vector>

namespace tally {
namespace json = boost::json;

namespace {

constexpr std::int64_t events_per_batch = 500;
constexpr std::int64_t subjects_per_batch = 200;

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
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  const bool was_text = before != nullptr && before->is_string();
  if (failure == std::errc() && rest == end && !was_text) return number;
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

}  // namespace

void prune_batch(sqlite::Connection& connection, const RetentionLimits& limits, Timestamp now,
                 RetentionCursor& cursor) {
  using Stage = RetentionCursor::Stage;
  const auto next = [&cursor](Stage stage) {
    cursor.stage = stage;
    cursor.last_key = 0;
  };
  // Event IDs have no gaps but those that pruning made, so the number of rows is a matter of IDs.
  const std::int64_t last_to_go = connection.integer("SELECT coalesce(max(event_id), 0) FROM event") - limits.rows;
  std::int64_t cutoff_ms = (now - limits.age).time_since_epoch().count();
  sqlite::Transaction transaction(connection);
  if (last_to_go > 0) {
    sqlite::Statement& at =
        connection.statement("SELECT at_ms FROM event WHERE event_id <= ? ORDER BY event_id DESC LIMIT 1")
            .bind(last_to_go);
    if (at.step()) cutoff_ms = std::max(cutoff_ms, at.integer(0));
    at.reset();
  }
  switch (cursor.stage) {
    case Stage::events:
      if (!EventBatch(connection, cutoff_ms, last_to_go).run()) next(Stage::types);
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
      prune_type_intervals(connection, cursor.last_key, end, cutoff_ms);
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
      prune_instance_intervals(connection, cursor.last_key, end, cutoff_ms);
      cursor.last_key = end;
      break;
    }
    case Stage::problems:
      connection
          .statement(
              "DELETE FROM problem WHERE problem_key IN (SELECT problem_key FROM problem WHERE ended_at_ms < ? "
              "LIMIT ?)")
          .bind(cutoff_ms, events_per_batch)
          .run();
      if (sqlite3_changes(connection.handle()) == 0) next(Stage::done);
      break;
    case Stage::done: break;
  }
  transaction.commit();
}

}  // namespace tally
