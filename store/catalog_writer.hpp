// The loop's one door to the catalog: write() hands a job to the writer thread and waits for it there; the others are
// jobs that many need. Change sets commit at once; how unchanged listings are doing is grouped into about one commit a
// second. Lives on the loop thread.
//
// A journal record goes before all that waits, and is on the disk when it is committed. So that it waits for some tens
// of milliseconds at most, no job is long: large change sets are committed in pieces (tally/pieces.hpp), retention goes
// in batches.
//
// Whatever writes is shielded (runtime/shielded.hpp): it begins when it is called, not when it is awaited, so that it
// is done also for a caller who has been cancelled already, and no cancel or deadline abandons it. It throws
// StoreError; nothing is written then. What cannot be written shows in failure() until writing works again.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/clock.hpp"
#include "store/catalog.hpp"
#include "store/write_lanes.hpp"
#include "tally/change_set.hpp"

namespace tally {

struct StoredAccount {
  KnownAccount known;
  std::map<std::string, std::string, std::less<>> cache;
};

/// How much of what was to be written is committed.
struct PiecesWritten {
  std::size_t count = 0;
  std::vector<std::int64_t> first_events;  // of each of them: the ID of its first event
  std::exception_ptr failure;              // why the next one is not
};

/// What could not be written, why, and since when.
struct WriteFailure {
  std::string what;  // for people: "listing states: database is locked"
  Timestamp since{};
};

class CatalogWriter {
 public:
  /// `writer` runs one job at a time; the catalog is touched nowhere else. `loop` is where everything else of this
  /// object happens. All references outlive it, and it outlives what was begun: see finish().
  CatalogWriter(Catalog& catalog, boost::asio::any_io_executor loop, boost::asio::any_io_executor writer, Clock& clock);

  /// Runs `job(Catalog&)`, which writes, on the writer's thread, and answers what it does (a type with a default). The
  /// job is let go of there, too: freeing a large one takes longer than the loop may be held up. `what` it writes, for
  /// people: "operations".
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F&, Catalog&>> write(WritePriority priority, std::string what, F job);

  /// Committed when it returns, and told to the log.
  boost::asio::awaitable<void> commit(CredentialRef credential, ChangeSet changes);

  /// Commits the pieces one after the other, and with the last one how their listing is doing, if that is to be told. A
  /// state that was recorded of the same listing is older and gives way, unless that commit fails. Not told to the log.
  boost::asio::awaitable<PiecesWritten> commit(CredentialRef credential,
                                               std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                               std::optional<ListingState> state,
                                               WritePriority priority = WritePriority::tally);

  /// What the catalog has under these IDs, whatever memory has forgotten.
  boost::asio::awaitable<Recalled> recall(CredentialRef credential, SyncerKind syncer, std::vector<std::string> ids);

  /// What was learned over SSH, of one credential or a group of them. Answers the events that were written with it.
  boost::asio::awaitable<std::vector<WrittenEvent>> commit(CredentialRef credential, SshChanges changes);
  boost::asio::awaitable<std::map<CredentialRef, std::vector<WrittenEvent>>> commit(
      std::map<CredentialRef, SshChanges> changes);
  boost::asio::awaitable<SshRecords> load_ssh(CredentialRef credential);

  /// What the catalog has of a credential, and which credentials are in force (Catalog::load, set_credentials).
  boost::asio::awaitable<StoredAccount> load(CredentialRef credential);
  boost::asio::awaitable<void> set_credentials(std::vector<CredentialRecord> credentials, Timestamp now);

  /// What a provider remembers.
  boost::asio::awaitable<void> save_cache(CredentialRef credential, std::string key, std::string value);

  /// Written with the next group; a newer state of the same listing replaces it. Kept until it is written.
  void record(const CredentialRef& credential, ListingState state);

  /// Writes what is recorded, now.
  boost::asio::awaitable<void> flush();

  /// The end: writes what is recorded and returns when everything that was begun is over.
  boost::asio::awaitable<void> finish();

  /// As Catalog::newest_success.
  [[nodiscard]] std::optional<Timestamp> newest_success() const { return catalog_.newest_success(); }

  /// One batch of retention; the log's state after a checkpoint.
  boost::asio::awaitable<RetentionCursor> prune(RetentionLimits limits, Timestamp now, RetentionCursor cursor);
  boost::asio::awaitable<LogState> checkpoint();

  /// Each second until cancelled: flushes; while something fails, tries to write; looks whether the catalog is still
  /// in its place. No failure ends it.
  boost::asio::awaitable<void> run();

  /// Writes so far: grows while the writer lives.
  [[nodiscard]] std::uint64_t commits() const { return commits_; }

  /// What cannot be written, by any of the doors above; nothing while writing works. It is over when the same could be
  /// written, or anything else once nothing has failed for two seconds: what is retried each second and fails, on a
  /// full disk or a damaged page, does not look well in between because something small went through.
  [[nodiscard]] const std::optional<WriteFailure>& failure() const { return failure_; }

  /// Its text; "" when there is none.
  [[nodiscard]] std::string last_failure() const { return failure_ ? failure_->what : std::string(); }

  /// Called once, when the file in the catalog's place is not the open one any more (CatalogLost): nothing is written
  /// from then on, failure() stays, and the process must end.
  void on_lost(std::function<void(const std::string& why)> hook) { on_lost_ = std::move(hook); }

  /// Called after each write that succeeded, with the time that it took on the writer's thread.
  void on_written(std::function<void(std::chrono::nanoseconds took)> hook) { on_written_ = std::move(hook); }

 private:
  using Listing = std::pair<CredentialRef, ListingKey>;
  using Job = std::function<void(Catalog&)>;

  boost::asio::awaitable<void> begin(WritePriority priority, std::string what, Job job);
  boost::asio::awaitable<void> perform(WritePriority priority, std::string what, Job job);
  boost::asio::awaitable<std::chrono::nanoseconds> run_job(WritePriority priority, Job job);
  template <class T>
  static boost::asio::awaitable<T> result_of(boost::asio::awaitable<void> work, std::shared_ptr<T> of);
  boost::asio::awaitable<PiecesWritten> commit_pieces(CredentialRef credential,
                                                      std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                                      std::optional<ListingState> state, WritePriority priority);
  boost::asio::awaitable<std::int64_t> commit_last(CredentialRef credential,
                                                   std::shared_ptr<const std::vector<ChangeSet>> pieces,
                                                   ListingState state);
  boost::asio::awaitable<void> write_recorded();
  boost::asio::awaitable<void> write_group(std::vector<std::pair<CredentialRef, ListingState>> group);
  boost::asio::awaitable<void> tick();
  void note_success(const std::string& what);
  void note_failure(const std::string& what, const std::string& why);
  void lose(const std::string& why);

  Catalog& catalog_;
  boost::asio::any_io_executor loop_;
  WriteLanes lanes_;
  Clock& clock_;
  std::map<Listing, ListingState> recorded_;
  std::uint64_t commits_ = 0;
  std::optional<WriteFailure> failure_;
  std::string failed_door_;  // what failed last,
  std::string failed_why_;   // why,
  TimePoint failed_at_{};    // and when
  bool is_lost_ = false;
  std::function<void(const std::string&)> on_lost_;
  std::function<void(std::chrono::nanoseconds)> on_written_;
};

template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Catalog&>> CatalogWriter::write(WritePriority priority,
                                                                                std::string what, F job) {
  using T = std::invoke_result_t<F&, Catalog&>;
  if constexpr (std::is_void_v<T>) {
    return begin(priority, std::move(what), std::move(job));
  } else {
    auto value = std::make_shared<T>();
    return result_of<T>(begin(priority, std::move(what),
                              [job = std::move(job), value](Catalog& catalog) mutable { *value = job(catalog); }),
                        value);
  }
}

template <class T>
boost::asio::awaitable<T> CatalogWriter::result_of(boost::asio::awaitable<void> work, std::shared_ptr<T> of) {
  co_await std::move(work);
  co_return std::move(*of);
}

/// Calls it once a second until cancelled, whatever it throws.
boost::asio::awaitable<void> flush_every_second(Clock& clock, std::function<boost::asio::awaitable<void>()> flush);

}  // namespace tally
