#include "store/catalog.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <iterator>

#include "store/account_loader.hpp"
#include "store/catalog_file.hpp"
#include "store/catalog_watch.hpp"
#include "store/change_writer.hpp"
#include "store/journal_tables.hpp"
#include "store/json_columns.hpp"
#include "store/list_tables.hpp"
#include "store/notify_tables.hpp"
#include "store/ssh_tables.hpp"

namespace tally {
namespace {
constexpr int let_go_timeout_ms = 1000;  // of a stop's five seconds
constexpr std::int64_t no_key = 0;       // rows are numbered from 1

template <class Row>
void append(std::vector<Row>& to, std::vector<Row> rows) {
  std::move(rows.begin(), rows.end(), std::back_inserter(to));
}

/// At least one; within the caller's transaction.
std::vector<WrittenEvent> write_events(sqlite::Connection& connection, std::int64_t credential_key,
                                       std::vector<Event> events, Timestamp now) {
  ChangeSet changes;
  changes.at = now;
  changes.events = std::move(events);
  const std::int64_t first = ChangeWriter(connection, credential_key).write(changes);
  return written_from(first, std::move(changes.events));
}

}  // namespace

struct Catalog::Impl {
  explicit Impl(const std::filesystem::path& file)
      : connection(open_catalog_file(file)), watch(file, sqlite3_db_filename(connection.handle(), "main")) {
    sqlite::Statement newest(connection.handle(), "SELECT max(last_success_at_ms) FROM listing");
    if (newest.step() && !newest.is_null(0)) newest_success = Timestamp(std::chrono::milliseconds(newest.integer(0)));
  }
  std::optional<std::int64_t> find_key(const CredentialRef& credential);
  std::int64_t credential_key(const CredentialRef& credential);
  template <class T>
  std::vector<WrittenEvent> write(const CredentialRef& credential, const AccountList<T>& seen,
                                  const ListingState& state);
  void require_in_place(Timestamp now);
  std::string let_go(CatalogWatch::Part part, Timestamp now);

  sqlite::Connection connection;
  CatalogWatch watch;
  bool commits_durably = false;
  std::string lost;                         // why nothing is written any more
  std::optional<Timestamp> newest_success;  // when the file was opened
  std::map<CredentialRef, std::int64_t> credential_keys;
};

std::optional<std::int64_t> Catalog::Impl::find_key(const CredentialRef& credential) {
  const auto known = credential_keys.find(credential);
  if (known != credential_keys.end()) return known->second;
  sqlite::Statement& select =
      connection.statement("SELECT credential_key FROM credential WHERE ref = ?").bind(credential.str());
  std::optional<std::int64_t> key;
  if (select.step()) key = select.integer(0);
  select.reset();
  if (key) credential_keys.emplace(credential, *key);
  return key;
}

std::int64_t Catalog::Impl::credential_key(const CredentialRef& credential) {
  if (const std::optional<std::int64_t> key = find_key(credential)) return *key;
  throw StoreError("the catalog has no credential " + credential.str(), EX_SOFTWARE);
}

template <class T>
std::vector<WrittenEvent> Catalog::Impl::write(const CredentialRef& credential, const AccountList<T>& seen,
                                               const ListingState& state) {
  const std::int64_t key = credential_key(credential);
  sqlite::Transaction transaction(connection);
  const Timestamp at = state.last_success_at.value_or(Timestamp());
  std::vector<WrittenEvent> events = write_list(connection, key, credential, state.key, seen, at);
  write_list_state(connection, key, state);
  transaction.commit();
  return events;
}

void Catalog::Impl::require_in_place(Timestamp now) {
  if (lost.empty()) {
    const std::optional<CatalogWatch::Part> part = watch.lost();
    if (!part) return;
    lost = fmt::format("{} was deleted, replaced or emptied while tallyd had it open: {}", name_of(*part),
                       let_go(*part, now));
  }
  throw CatalogLost(lost, EX_IOERR);
}

/// Saves what can be saved, and answers what that was.
std::string Catalog::Impl::let_go(CatalogWatch::Part part, Timestamp now) {
  // Closing the connection must not write into what is in the log's place then.
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // By our index, which others do not see any more, the log could be moved over what they wrote. It is whole as it is:
  // the next start reads it anew.
  if (part == CatalogWatch::Part::index && watch.is_in_place(CatalogWatch::Part::log)) return "its log is kept";
  // Into a file that was emptied its last pages would go alone, and be no catalog.
  if (part == CatalogWatch::Part::catalog && watch.is_in_place(part)) return "its log is kept";
  std::string told = "its log was moved into the file that was open";
  try {
    sqlite3_busy_timeout(connection.handle(), let_go_timeout_ms);
    connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  } catch (const StoreError& error) {
    told = fmt::format("its log could not be moved into the file that was open ({})", error.what());
  }
  try {
    if (part != CatalogWatch::Part::catalog) return told;
    if (const auto kept = watch.set_log_aside(now)) told += fmt::format("; what is left of it is {}", kept->string());
  } catch (const StoreError& error) {
    told += fmt::format("; beside the catalog there it is still: {}", error.what());
  }
  return told;
}

Catalog::Catalog(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}

Catalog::~Catalog() = default;

void Catalog::set_capabilities(const CredentialRef& credential, const std::vector<std::string>& capabilities) {
  impl_->connection.statement("UPDATE credential SET capabilities = ? WHERE ref = ?")
      .bind(to_json_text(capabilities), credential.str())
      .run();
}

std::map<CredentialRef, std::vector<WrittenEvent>> Catalog::set_credentials(
    const std::vector<CredentialRecord>& credentials, Timestamp now) {
  sqlite::Connection& connection = impl_->connection;
  sqlite::Transaction transaction(connection);
  const std::int64_t now_ms = now.time_since_epoch().count();
  std::set<std::string> in_force;
  for (const CredentialRecord& record : credentials) {
    in_force.insert(record.ref.str());
    connection
        .statement(
            "INSERT INTO credential (ref, provider, tenant_id, api_type, capabilities, is_read_only, "
            "first_seen_at_ms) VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET "
            "provider = excluded.provider, tenant_id = excluded.tenant_id, api_type = excluded.api_type, "
            "capabilities = excluded.capabilities, is_read_only = excluded.is_read_only, removed_at_ms = NULL "
            "WHERE removed_at_ms IS NOT NULL OR provider IS NOT excluded.provider OR "
            "tenant_id IS NOT excluded.tenant_id OR api_type IS NOT excluded.api_type OR "
            "capabilities IS NOT excluded.capabilities OR is_read_only IS NOT excluded.is_read_only")
        .bind(record.ref.str(), record.provider_id, record.tenant_id.str(), to_string(record.api_type),
              to_json_text(record.capabilities), record.is_read_only, now_ms)
        .run();
  }
  std::vector<std::string> removed;
  sqlite::Statement& stored = connection.statement("SELECT ref FROM credential WHERE removed_at_ms IS NULL").bind();
  while (stored.step()) {
    if (!in_force.contains(stored.text(0))) removed.push_back(stored.text(0));
  }
  stored.reset();
  std::map<CredentialRef, std::vector<WrittenEvent>> events;
  for (const std::string& ref : removed) {
    connection.statement("UPDATE credential SET removed_at_ms = ? WHERE ref = ?").bind(now_ms, ref).run();
    const CredentialRef credential(ref);
    const std::int64_t key = impl_->credential_key(credential);
    std::vector<Event> abandoned = abandoned_operations(connection, key);
    if (!abandoned.empty()) events[credential] = write_events(connection, key, std::move(abandoned), now);
  }
  transaction.commit();
  return events;
}

KnownAccount Catalog::load(const CredentialRef& credential) const {
  return load_account(impl_->connection, impl_->find_key(credential).value_or(no_key));
}

void Catalog::recall(const CredentialRef& credential, SyncerKind syncer, const std::vector<std::string>& ids,
                     Recalled& to) const {
  const std::int64_t key = impl_->find_key(credential).value_or(no_key);
  if (syncer == SyncerKind::instances) {
    append(to.instances, load_instances(impl_->connection, key, ids));
  } else {
    append(to.types, load_types(impl_->connection, key, ids));
  }
}

std::int64_t Catalog::apply(const CredentialRef& credential, const ChangeSet& changes, const ListingState& state) {
  sqlite::Transaction transaction(impl_->connection);
  ChangeWriter writer(impl_->connection, impl_->credential_key(credential));
  const std::int64_t first_event = writer.write(changes);
  writer.write(state);
  transaction.commit();
  return first_event;
}

std::int64_t Catalog::apply(const CredentialRef& credential, const ChangeSet& changes) {
  sqlite::Transaction transaction(impl_->connection);
  const std::int64_t first_event = ChangeWriter(impl_->connection, impl_->credential_key(credential)).write(changes);
  transaction.commit();
  return first_event;
}

std::vector<WrittenEvent> Catalog::apply(const CredentialRef& credential, const AccountList<Image>& seen,
                                         const ListingState& state) {
  return impl_->write(credential, seen, state);
}

std::vector<WrittenEvent> Catalog::apply(const CredentialRef& credential, const AccountList<Quota>& seen,
                                         const ListingState& state) {
  return impl_->write(credential, seen, state);
}

void Catalog::note_list_failure(const CredentialRef& credential, const ListingState& state) {
  sqlite::Transaction transaction(impl_->connection);
  write_list_state(impl_->connection, impl_->credential_key(credential), state);
  transaction.commit();
}

SshRecords Catalog::load_ssh(const CredentialRef& credential) const {
  return tally::load_ssh(impl_->connection, impl_->credential_key(credential));
}

std::vector<WrittenEvent> Catalog::apply(const CredentialRef& credential, const SshChanges& changes) {
  sqlite::Transaction transaction(impl_->connection);
  std::vector<WrittenEvent> events = write_ssh(impl_->connection, impl_->credential_key(credential), changes);
  transaction.commit();
  return events;
}

std::map<CredentialRef, std::vector<WrittenEvent>> Catalog::apply(const std::map<CredentialRef, SshChanges>& changes) {
  std::map<CredentialRef, std::vector<WrittenEvent>> events;
  sqlite::Transaction transaction(impl_->connection);
  for (const auto& [credential, part] : changes) {
    events[credential] = write_ssh(impl_->connection, impl_->credential_key(credential), part);
  }
  transaction.commit();
  return events;
}

void Catalog::apply(const CredentialRef& credential, const JournalChanges& changes) {
  sqlite::Transaction transaction(impl_->connection);
  write_journal(impl_->connection, impl_->credential_key(credential), changes);
  transaction.commit();
}

JournalRecords Catalog::load_journal(const CredentialRef& credential) const {
  return tally::load_journal(impl_->connection, impl_->find_key(credential).value_or(no_key), credential);
}

std::map<std::string, RuleProgress> Catalog::set_notify_rules(const std::vector<std::string>& names) {
  sqlite::Transaction transaction(impl_->connection);
  std::map<std::string, RuleProgress> rules = tally::set_notify_rules(impl_->connection, names);
  transaction.commit();
  return rules;
}

std::map<std::string, std::vector<WaitingDelivery>> Catalog::apply(const EventsRead& read) {
  sqlite::Transaction transaction(impl_->connection);
  auto written = write_events_read(impl_->connection, read);
  transaction.commit();
  return written;
}

void Catalog::apply(const std::vector<DeliveryOutcome>& outcomes) {
  sqlite::Transaction transaction(impl_->connection);
  write_outcomes(impl_->connection, outcomes);
  transaction.commit();
}

std::map<CredentialRef, std::vector<WrittenEvent>> Catalog::tell_orphans(const OrphanNews& news, Timestamp now) {
  std::map<CredentialRef, std::vector<WrittenEvent>> events;
  sqlite::Transaction transaction(impl_->connection);
  const auto tell = [&](const OrphanKey& orphan, bool is_found) {
    const std::int64_t key = impl_->credential_key(orphan.credential);
    note_orphan(impl_->connection, key, orphan, is_found);
    std::vector<Event> event(1, event_of(orphan, is_found));
    std::vector<WrittenEvent> written = write_events(impl_->connection, key, std::move(event), now);
    events[orphan.credential].push_back(std::move(written.front()));
  };
  for (const OrphanKey& orphan : news.gone) tell(orphan, false);
  for (const OrphanKey& orphan : news.found) tell(orphan, true);
  transaction.commit();
  return events;
}

std::map<std::string, std::string, std::less<>> Catalog::load_cache(const CredentialRef& credential) const {
  std::map<std::string, std::string, std::less<>> values;
  sqlite::Statement& select = impl_->connection.statement("SELECT key, value FROM cache WHERE credential_key = ?")
                                  .bind(impl_->find_key(credential).value_or(no_key));
  while (select.step()) values.emplace(select.text(0), select.text(1));
  select.reset();
  return values;
}

void Catalog::save_cache(const CredentialRef& credential, const std::string& key, const std::string& value) {
  impl_->connection.statement("INSERT OR REPLACE INTO cache (credential_key, key, value) VALUES (?, ?, ?)")
      .bind(impl_->credential_key(credential), key, value)
      .run();
}

void Catalog::record(const std::vector<std::pair<CredentialRef, ListingState>>& states) {
  sqlite::Transaction transaction(impl_->connection);
  for (const auto& [credential, state] : states) {
    ChangeWriter(impl_->connection, impl_->credential_key(credential)).write(state);
  }
  transaction.commit();
}

std::optional<Timestamp> Catalog::newest_success() const { return impl_->newest_success; }

LogState Catalog::checkpoint() {
  LogState state;
  state.is_held_back = !impl_->connection.checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  std::error_code none;
  const auto size = std::filesystem::file_size(impl_->watch.log(), none);
  state.bytes = none ? 0 : static_cast<std::int64_t>(size);
  state.used = used_bytes(impl_->connection);
  return state;
}

void Catalog::commit_durably(bool durably) {
  if (durably == impl_->commits_durably) return;
  impl_->connection.execute(durably ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  impl_->commits_durably = durably;
}

bool Catalog::commits_durably() const {
  constexpr std::int64_t full = 2;
  return impl_->connection.integer("PRAGMA synchronous") == full;
}

void Catalog::try_commit() {
  sqlite::Transaction transaction(impl_->connection);
  impl_->connection.execute(fmt::format("PRAGMA user_version = {}", impl_->connection.integer("PRAGMA user_version")));
  transaction.commit();
}

void Catalog::require_in_place(Timestamp now) { impl_->require_in_place(now); }

void Catalog::prune(const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor) {
  prune_batch(impl_->connection, limits, now, cursor);
}

void Catalog::on_row_written(void (*hook)(void*, int, const char*, const char*, long long), void* context) {
  sqlite3_update_hook(impl_->connection.handle(), hook, context);
}

void Catalog::on_commit(int (*hook)(void*), void* context) {
  sqlite3_commit_hook(impl_->connection.handle(), hook, context);
}

void Catalog::interrupt() noexcept { sqlite3_interrupt(impl_->connection.handle()); }

}  // namespace tally
