#include "store/catalog.hpp"

#include <sysexits.h>

#include "store/account_loader.hpp"
#include "store/catalog_file.hpp"
#include "store/change_writer.hpp"
#include "store/json_columns.hpp"
#include "store/ssh_tables.hpp"

namespace tally {

struct Catalog::Impl {
  explicit Impl(std::filesystem::path path) : file(std::move(path)), connection(open_catalog_file(file)) {
    sqlite::Statement newest(connection.handle(), "SELECT max(last_success_at_ms) FROM listing");
    if (newest.step() && !newest.is_null(0)) newest_success = Timestamp(std::chrono::milliseconds(newest.integer(0)));
  }
  std::int64_t credential_key(const CredentialRef& credential);

  std::filesystem::path file;
  sqlite::Connection connection;
  std::optional<Timestamp> newest_success;  // when the file was opened
  std::map<CredentialRef, std::int64_t> credential_keys;
};

std::int64_t Catalog::Impl::credential_key(const CredentialRef& credential) {
  const auto known = credential_keys.find(credential);
  if (known != credential_keys.end()) return known->second;
  sqlite::Statement& select =
      connection.statement("SELECT credential_key FROM credential WHERE ref = ?").bind(credential.str());
  if (!select.step()) {
    select.reset();
    throw StoreError("the catalog has no credential " + credential.str(), EX_SOFTWARE);
  }
  const std::int64_t key = select.integer(0);
  select.reset();
  return credential_keys.emplace(credential, key).first->second;
}

Catalog::Catalog(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}

Catalog::~Catalog() = default;

void Catalog::set_credentials(const std::vector<CredentialRecord>& credentials, Timestamp now) {
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
  for (const std::string& ref : removed) {
    connection.statement("UPDATE credential SET removed_at_ms = ? WHERE ref = ?").bind(now_ms, ref).run();
  }
  transaction.commit();
}

KnownAccount Catalog::load(const CredentialRef& credential) const {
  return load_account(impl_->connection, impl_->credential_key(credential), forgotten_before(impl_->newest_success));
}

void Catalog::apply(const CredentialRef& credential, const ChangeSet& changes, const ListingState& state) {
  sqlite::Transaction transaction(impl_->connection);
  ChangeWriter writer(impl_->connection, impl_->credential_key(credential));
  writer.write(changes);
  writer.write(state);
  transaction.commit();
}

void Catalog::apply(const CredentialRef& credential, const ChangeSet& changes) {
  sqlite::Transaction transaction(impl_->connection);
  ChangeWriter(impl_->connection, impl_->credential_key(credential)).write(changes);
  transaction.commit();
}

SshRecords Catalog::load_ssh(const CredentialRef& credential) const {
  return tally::load_ssh(impl_->connection, impl_->credential_key(credential));
}

std::vector<Event> Catalog::apply(const CredentialRef& credential, const SshChanges& changes) {
  sqlite::Transaction transaction(impl_->connection);
  std::vector<Event> events = write_ssh(impl_->connection, impl_->credential_key(credential), changes);
  transaction.commit();
  return events;
}

std::vector<std::pair<CredentialRef, Event>> Catalog::apply(const std::map<CredentialRef, SshChanges>& changes) {
  std::vector<std::pair<CredentialRef, Event>> events;
  sqlite::Transaction transaction(impl_->connection);
  for (const auto& [credential, part] : changes) {
    for (Event& event : write_ssh(impl_->connection, impl_->credential_key(credential), part)) {
      events.emplace_back(credential, std::move(event));
    }
  }
  transaction.commit();
  return events;
}

std::map<std::string, std::string, std::less<>> Catalog::load_cache(const CredentialRef& credential) const {
  std::map<std::string, std::string, std::less<>> values;
  sqlite::Statement& select = impl_->connection.statement("SELECT key, value FROM cache WHERE credential_key = ?")
                                  .bind(impl_->credential_key(credential));
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
  int pages = 0;
  int moved = 0;
  sqlite3_wal_checkpoint_v2(impl_->connection.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  LogState state;
  std::error_code none;
  const auto size = std::filesystem::file_size(impl_->file.string() + "-wal", none);
  state.bytes = none ? 0 : static_cast<std::int64_t>(size);
  state.is_held_back = moved < pages;
  return state;
}

void Catalog::prune(const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor) {
  prune_batch(impl_->connection, limits, now, forgotten_before(impl_->newest_success), cursor);
}

void Catalog::on_row_written(void (*hook)(void*, int, const char*, const char*, long long), void* context) {
  sqlite3_update_hook(impl_->connection.handle(), hook, context);
}

void Catalog::on_commit(int (*hook)(void*), void* context) {
  sqlite3_commit_hook(impl_->connection.handle(), hook, context);
}

void Catalog::interrupt() noexcept { sqlite3_interrupt(impl_->connection.handle()); }

}  // namespace tally
