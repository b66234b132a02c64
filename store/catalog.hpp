// The one writer of the catalog. Synchronous; used on the writer thread only (interrupt() excepted). A change set is
// one transaction. Failures of the file are exceptions (StoreError), not results: a broken file is not a vendor's
// answer. Readers use their own read-only connections and the views (views.sql), never the base tables.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/provider.hpp"
#include "store/journal_records.hpp"
#include "store/notify_records.hpp"
#include "store/retention.hpp"
#include "store/ssh_records.hpp"
#include "tally/account_list.hpp"
#include "tally/change_set.hpp"
#include "tally/event_log.hpp"

namespace tally {

/// A credential as the catalog shows it.
struct CredentialRecord {
  CredentialRef ref;
  std::string provider_id;  // "lambda-labs"
  TenantId tenant_id;
  ApiType api_type = ApiType::global;
  std::vector<std::string> capabilities;
  bool is_read_only = false;
};

/// All that the catalog knows of one credential's account: what the syncers go on from.
struct KnownAccount {
  std::shared_ptr<const KnownTypes> types;
  std::shared_ptr<const KnownInstances> instances;
  std::shared_ptr<const KnownLocations> locations;
  std::map<ListingKey, ListingState> listings;
  std::set<ProblemKey> credential_problems;  // that belong to no listing, such as same_tenant
};

/// Rows by ID that the catalog has.
struct Recalled {
  std::vector<KnownType> types;
  std::vector<KnownInstance> instances;
};

/// The write-ahead log: what a reader that holds an old moment keeps from being moved into the file makes it grow.
struct LogState {
  std::int64_t bytes = 0;     // of the log file
  bool is_held_back = false;  // some of it could not be moved
  std::int64_t used = 0;      // bytes of the catalog's pages that are in use, as RetentionLimits::bytes
};

class Catalog {
 public:
  /// Opens the file for writing, makes it when there is none, brings an older schema up to date. Throws StoreError,
  /// file untouched, when it is newer than this program, damaged, or not a catalog.
  explicit Catalog(const std::filesystem::path& file);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Makes the credentials in force exactly these: new ones are added, changed ones updated, the others marked
  /// removed. Nothing is deleted. Writes nothing when nothing changed. Operations that one that is removed leaves
  /// unfinished are told of: the events, which are written.
  std::map<CredentialRef, std::vector<WrittenEvent>> set_credentials(const std::vector<CredentialRecord>& credentials,
                                                                     Timestamp now);

  /// Of a credential that is there.
  void set_capabilities(const CredentialRef& credential, const std::vector<std::string>& capabilities);

  /// Loaded once, at start. A row that cannot be read back is a StoreError. Of a credential that the catalog does not
  /// have yet nothing is known.
  [[nodiscard]] KnownAccount load(const CredentialRef& credential) const;

  /// Adds to `to` the rows of these types or instances, also those that load() leaves out.
  void recall(const CredentialRef& credential, SyncerKind syncer, const std::vector<std::string>& ids,
              Recalled& to) const;

  /// Writes the changes and, in the same transaction, how their listing is doing. Answers the ID of the first event;
  /// those of the others follow it one by one.
  std::int64_t apply(const CredentialRef& credential, const ChangeSet& changes, const ListingState& state);

  /// Writes changes that belong to no listing (problems of a credential). Answers the same.
  std::int64_t apply(const CredentialRef& credential, const ChangeSet& changes);

  /// Makes a list of images or quotas what was seen and, in the same transaction, writes how the list is doing. Answers
  /// the events that were written with it.
  std::vector<WrittenEvent> apply(const CredentialRef& credential, const AccountList<Image>& seen,
                                  const ListingState& state);
  std::vector<WrittenEvent> apply(const CredentialRef& credential, const AccountList<Quota>& seen,
                                  const ListingState& state);

  /// A list was not answered: its rows stay, stale.
  void note_list_failure(const CredentialRef& credential, const ListingState& state);

  /// What is known of a credential's instances over SSH. Loaded once, at start.
  [[nodiscard]] SshRecords load_ssh(const CredentialRef& credential) const;

  /// Writes what was learned over SSH, of one credential or of many, in one transaction. Answers the events that were
  /// written with it (see write_ssh).
  std::vector<WrittenEvent> apply(const CredentialRef& credential, const SshChanges& changes);
  std::map<CredentialRef, std::vector<WrittenEvent>> apply(const std::map<CredentialRef, SshChanges>& changes);

  /// Writes what the lifecycle service journals, in one transaction; whoever calls sees to it that it is durable.
  void apply(const CredentialRef& credential, const JournalChanges& changes);

  /// What the journal has of a credential. Loaded once, at start.
  [[nodiscard]] JournalRecords load_journal(const CredentialRef& credential) const;

  /// Makes the rules of notifications exactly these, by name: a new one reads from the next event on, what waits for
  /// one that is gone is given up. Answers how far each is.
  std::map<std::string, RuleProgress> set_notify_rules(const std::vector<std::string>& names);

  /// Writes what is to be delivered and how far the events are read. Answers what waits now of it, by rule.
  std::map<std::string, std::vector<WaitingDelivery>> apply(const EventsRead& read);
  void apply(const std::vector<DeliveryOutcome>& outcomes);

  /// Writes the events of orphans that are new or gone, and answers them.
  std::map<CredentialRef, std::vector<WrittenEvent>> tell_orphans(const OrphanNews& news, Timestamp now);

  /// What a credential's provider remembers across restarts.
  [[nodiscard]] std::map<std::string, std::string, std::less<>> load_cache(const CredentialRef& credential) const;
  void save_cache(const CredentialRef& credential, const std::string& key, const std::string& value);

  /// How listings are doing, many at once: one transaction.
  void record(const std::vector<std::pair<CredentialRef, ListingState>>& states);

  /// The newest success of any listing when the file was opened; any thread.
  [[nodiscard]] std::optional<Timestamp> newest_success() const;

  /// Moves the write-ahead log into the file as far as readers let it, and says how long the log is. Call when idle: it
  /// can stall for milliseconds. Throws StoreError when the file cannot take it.
  LogState checkpoint();

  /// Whether commits from now on are on the disk when they return; otherwise a power failure may take the last ones.
  void commit_durably(bool durably);
  [[nodiscard]] bool commits_durably() const;

  /// A commit that changes nothing but reaches the file: whether writing works.
  void try_commit();

  /// Throws CatalogLost, this time and ever after, when the file in the catalog's place is not the open one. The first
  /// time the log goes into the file that is open, as far as it can, and out of the way of the one in its place. Cheap
  /// (three stats): ask before every write.
  void require_in_place(Timestamp now);

  /// Removes one batch of what is older than the limits, by `now` (see retention_now). Call again until the cursor is
  /// done.
  void prune(const RetentionLimits& limits, Timestamp now, RetentionCursor& cursor);

  /// Has SQLite report each row that this connection writes (sqlite3_update_hook): what an unchanged poll costs.
  void on_row_written(void (*hook)(void* context, int operation, const char* database, const char* table,
                                   long long row),
                      void* context);

  /// Asked before each commit of this connection (sqlite3_commit_hook): anything but 0 makes it a rollback, and the
  /// call that wanted it throws StoreError. For tests of what happens when a write fails.
  void on_commit(int (*hook)(void* context), void* context);

  /// Ends the statement that runs now, whose transaction is rolled back (StoreError in the writer). Any thread.
  void interrupt() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tally
