#include "store/list_tables.hpp"

#include <utility>

#include "store/change_writer.hpp"
#include "store/columns.hpp"
#include "store/parameters.hpp"
#include "store/storable.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {
namespace {

using namespace parameters;

/// By what a row is found again: its ID and, of an image, its location.
using RowKey = std::pair<std::string, std::string>;
RowKey key_of(const Image& image) { return {image.id, image.location}; }
RowKey key_of(const Quota& quota) { return {quota.id, ""}; }

/// The statements that differ by the table's name alone.
struct Sql {
  const char* keys;
  const char* hold;
  const char* remove;
};
template <class T>
constexpr Sql sql{};
template <>
constexpr Sql sql<Image>{
    "SELECT rowid, id, location FROM image WHERE list_key = ?",
    "UPDATE image SET read_at_ms = (SELECT last_success_at_ms FROM list l WHERE l.list_key = image.list_key) WHERE "
    "rowid = ? AND read_at_ms IS NULL",
    "DELETE FROM image WHERE rowid = ?"};
template <>
constexpr Sql sql<Quota>{
    "SELECT rowid, id, '' FROM quota WHERE list_key = ?",
    "UPDATE quota SET read_at_ms = (SELECT last_success_at_ms FROM list l WHERE l.list_key = quota.list_key) WHERE "
    "rowid = ? AND read_at_ms IS NULL",
    "DELETE FROM quota WHERE rowid = ?"};

void put(sqlite::Connection& connection, std::int64_t list_key, const Image& image) {
  connection
      .statement(
          "INSERT INTO image (list_key, id, location, name, architecture, description, created_at_ms, is_default) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list_key, id, location) DO UPDATE SET name = excluded.name, "
          "architecture = excluded.architecture, description = excluded.description, created_at_ms = "
          "excluded.created_at_ms, is_default = excluded.is_default, read_at_ms = NULL WHERE read_at_ms IS NOT NULL "
          "OR name IS NOT excluded.name OR architecture IS NOT excluded.architecture OR description IS NOT "
          "excluded.description OR created_at_ms IS NOT excluded.created_at_ms OR is_default <> excluded.is_default")
      .bind(list_key, image.id, image.location, text(image.name), text(image.architecture), text(image.description),
            ms(image.created_at), image.is_default)
      .run();
}

void put(sqlite::Connection& connection, std::int64_t list_key, const Quota& quota) {
  connection
      .statement(
          "INSERT INTO quota (list_key, id, name, maximum, current, unit) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT "
          "(list_key, id) DO UPDATE SET name = excluded.name, maximum = excluded.maximum, current = excluded.current, "
          "unit = excluded.unit, read_at_ms = NULL WHERE read_at_ms IS NOT NULL OR name IS NOT excluded.name OR "
          "maximum IS NOT excluded.maximum OR current IS NOT excluded.current OR unit IS NOT excluded.unit")
      .bind(list_key, quota.id, text(quota.name), quota.maximum, quota.current, text(quota.unit))
      .run();
}

std::int64_t list_key_of(sqlite::Connection& connection, std::int64_t credential_key, const ListingKey& key,
                         std::int64_t attempt_ms) {
  connection
      .statement(
          "INSERT INTO list (credential_key, syncer, location, last_attempt_at_ms, duration_ms, items, interval_ms) "
          "VALUES (?, ?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING")
      .bind(credential_key, to_string(key.syncer), key.location, attempt_ms)
      .run();
  sqlite::Statement& select =
      connection.statement("SELECT list_key FROM list WHERE credential_key = ? AND syncer = ? AND location = ?")
          .bind(credential_key, to_string(key.syncer), key.location);
  select.step();
  const std::int64_t list_key = select.integer(0);
  select.reset();
  return list_key;
}

/// Puts what was seen; of the rest holds what may still be there, and removes what is not.
template <class T>
void write_rows(sqlite::Connection& connection, std::int64_t list_key, const AccountList<T>& seen) {
  std::set<RowKey> present;
  for (const Row<T>& row : seen.rows) {
    RowKey key = key_of(*row);
    if (!is_storable(key.first) || !is_storable(key.second)) continue;
    put(connection, list_key, *row);
    present.insert(std::move(key));
  }
  std::vector<std::int64_t> held;
  std::vector<std::int64_t> gone;
  sqlite::Statement& stored = connection.statement(sql<T>.keys).bind(list_key);
  while (stored.step()) {
    const RowKey key(stored.text(1), stored.text(2));
    if (present.contains(key)) continue;
    const bool may_be_there = seen.may_lack_rows || seen.unread.contains(key.first);
    (may_be_there ? held : gone).push_back(stored.integer(0));
  }
  stored.reset();
  for (const std::int64_t row : held) connection.statement(sql<T>.hold).bind(row).run();
  for (const std::int64_t row : gone) connection.statement(sql<T>.remove).bind(row).run();
}

std::set<ProblemKey> problems_of(sqlite::Connection& connection, std::int64_t list_key) {
  std::set<ProblemKey> problems;
  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT kind, subject_kind, subject_id, value FROM problem WHERE list_key = ? "
                                      "AND ended_at_ms IS NULL")
                                  .bind(list_key);
  while (select.step()) problems.insert({select.text(0), select.text(1), select.text(2), select.text(3)});
  select.reset();
  return problems;
}

/// No listing's problems: they belong to the list.
std::vector<WrittenEvent> write_problems(sqlite::Connection& connection, std::int64_t credential_key,
                                         std::int64_t list_key, ProblemLedger ledger, Timestamp at) {
  ChangeSet changes;
  changes.at = at;
  std::move(ledger).settle(changes);
  if (changes.empty()) return {};
  for (const ProblemKey& key : changes.problems_ended) {
    connection
        .statement(
            "UPDATE problem SET ended_at_ms = max(?, started_at_ms) WHERE list_key = ? AND kind = ? AND subject_kind = "
            "? AND subject_id = ? AND value = ? AND ended_at_ms IS NULL")
        .bind(ms(at), list_key, key.kind, key.subject_kind, key.subject_id, key.value)
        .run();
  }
  for (const Problem& problem : changes.problems_started) {
    connection
        .statement(
            "INSERT INTO problem (credential_key, list_key, kind, subject_kind, subject_id, value, detail, "
            "started_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(credential_key, list_key, problem.key.kind, problem.key.subject_kind, problem.key.subject_id,
              problem.key.value, problem.detail, ms(at))
        .run();
  }
  changes.problems_started.clear();
  changes.problems_ended.clear();
  const std::int64_t first = ChangeWriter(connection, credential_key).write(changes);
  return written_from(first, std::move(changes.events));
}

}  // namespace

void write_list_state(sqlite::Connection& connection, std::int64_t credential_key, const ListingState& state) {
  const std::int64_t attempt_ms = ms(state.last_attempt_at).value_or(0);
  const std::int64_t list_key = list_key_of(connection, credential_key, state.key, attempt_ms);
  connection
      .statement(
          "UPDATE list SET last_attempt_at_ms = ?1, last_success_at_ms = coalesce(?2, last_success_at_ms), "
          "failing_since_ms = CASE WHEN ?3 IS NOT NULL THEN coalesce(failing_since_ms, ?3) END, last_error_kind = ?4, "
          "last_error = ?5, duration_ms = ?6, items = CASE WHEN ?3 IS NULL THEN ?7 ELSE items END, interval_ms = ?8 "
          "WHERE list_key = ?9")
      .bind(attempt_ms, ms(state.last_success_at), ms(state.failing_since), text(state.last_error_kind),
            text(state.last_error), std::int64_t{state.duration.count()}, state.items,
            std::int64_t{state.interval.count()}, list_key)
      .run();
}

template <class T>
std::vector<WrittenEvent> write_list(sqlite::Connection& connection, std::int64_t credential_key,
                                     const CredentialRef& credential, const ListingKey& key, const AccountList<T>& seen,
                                     Timestamp at) {
  const std::int64_t list_key = list_key_of(connection, credential_key, key, ms(at));
  write_rows(connection, list_key, seen);
  ProblemLedger ledger(problems_of(connection, list_key), Subject::of(credential));
  for (const auto& [problem, detail] : seen.problems) ledger.report(problem, detail);
  return write_problems(connection, credential_key, list_key, std::move(ledger), at);
}

template std::vector<WrittenEvent> write_list(sqlite::Connection&, std::int64_t, const CredentialRef&,
                                              const ListingKey&, const AccountList<Image>&, Timestamp);
template std::vector<WrittenEvent> write_list(sqlite::Connection&, std::int64_t, const CredentialRef&,
                                              const ListingKey&, const AccountList<Quota>&, Timestamp);

bool forget_list(sqlite::Connection& connection, std::int64_t asked_before_ms) {
  sqlite::Statement& select =
      connection.statement("SELECT list_key FROM list WHERE last_attempt_at_ms < ? LIMIT 1").bind(asked_before_ms);
  const bool is_found = select.step();
  const std::int64_t list_key = is_found ? select.integer(0) : 0;
  select.reset();
  if (!is_found) return false;
  for (const char* statement : {"DELETE FROM image WHERE list_key = ?", "DELETE FROM quota WHERE list_key = ?",
                                "DELETE FROM problem WHERE list_key = ?", "DELETE FROM list WHERE list_key = ?"}) {
    connection.statement(statement).bind(list_key).run();
  }
  return true;
}

}  // namespace tally
