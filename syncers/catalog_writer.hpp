// The loop's door to the catalog: hands work to the writer thread and waits for it there. Change sets commit at once;
// how unchanged listings are doing is grouped into about one commit a second. Lives on the loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cloud/changes.hpp"
#include "cloud/clock.hpp"
#include "store/catalog.hpp"

namespace tally {

struct StoredAccount {
  KnownAccount known;
  std::map<std::string, std::string, std::less<>> cache;
};

class CatalogWriter {
 public:
  /// `writer` runs one job at a time; the catalog is touched nowhere else.
  CatalogWriter(Catalog& catalog, boost::asio::any_io_executor writer, Clock& clock);

  /// Durable when it returns, and told to the log. Throws StoreError; nothing is written then. Cancellation does not
  /// abandon it. A large change set is let go of on the writer's thread, too: freeing one takes longer than the loop
  /// may be held up.
  /// The first gives back the instances that it wrote, for whoever observes them.
  boost::asio::awaitable<std::vector<KnownInstance>> commit(CredentialRef credential, ChangeSet changes,
                                                            ListingState state);
  boost::asio::awaitable<void> commit(CredentialRef credential, ChangeSet changes);

  /// What was learned over SSH, of one credential or a group of them. Answers the events that were written with it.
  boost::asio::awaitable<std::vector<Event>> commit(CredentialRef credential, SshChanges changes);
  boost::asio::awaitable<std::vector<std::pair<CredentialRef, Event>>> commit(
      std::map<CredentialRef, SshChanges> changes);
  boost::asio::awaitable<SshRecords> load_ssh(CredentialRef credential);

  /// What the catalog has of a credential, and which credentials are in force (Catalog::load, set_credentials).
  boost::asio::awaitable<StoredAccount> load(CredentialRef credential);
  boost::asio::awaitable<void> set_credentials(std::vector<CredentialRecord> credentials, Timestamp now);

  /// What a provider remembers.
  boost::asio::awaitable<void> save_cache(CredentialRef credential, std::string key, std::string value);

  /// Written with the next group; a newer state of the same listing replaces it.
  void record(const CredentialRef& credential, ListingState state);

  /// Writes what is recorded, now.
  boost::asio::awaitable<void> flush();

  [[nodiscard]] std::optional<Timestamp> newest_success() const { return catalog_.newest_success(); }

  /// One batch of retention; the log's state after a checkpoint.
  boost::asio::awaitable<RetentionCursor> prune(RetentionLimits limits, Timestamp now, RetentionCursor cursor);
  boost::asio::awaitable<LogState> checkpoint();

  /// Flushes once a second until cancelled.
  boost::asio::awaitable<void> run();

  /// Commits so far: grows while the writer lives.
  [[nodiscard]] std::uint64_t commits() const { return commits_; }

  /// Why the last group could not be written; "" when it could.
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }

 private:
  /// Runs a job on the writer's thread, and throws here what it threw there.
  template <class F>
  boost::asio::awaitable<void> write(F job);

  Catalog& catalog_;
  boost::asio::any_io_executor writer_;
  Clock& clock_;
  std::map<std::pair<CredentialRef, ListingKey>, ListingState> recorded_;
  std::uint64_t commits_ = 0;
  std::string last_failure_;
};

/// Writes what was gathered once a second until cancelled. A failure (StoreError) is kept in `last_failure` until it
/// is over, and logged when it is another than before. `last_failure` outlives it.
boost::asio::awaitable<void> flush_every_second(Clock& clock, std::function<boost::asio::awaitable<void>()> flush,
                                                std::string& last_failure);

}  // namespace tally
