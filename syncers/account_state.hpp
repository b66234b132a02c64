// One credential's account as all of its listings share it: what is known, and how its listings are doing. Loaded from
// the catalog at start, never re-read. There is one way to change what is known, a queue: one change at a time is
// compared with what is known then, committed, and known. Lives on the loop thread; what it points to is immutable and
// may be read anywhere.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cloud/account.hpp"
#include "cloud/provider.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "runtime/clock.hpp"
#include "runtime/gate.hpp"
#include "store/catalog.hpp"
#include "store/catalog_writer.hpp"
#include "syncers/syncer.hpp"
#include "tally/instance_observer.hpp"

namespace tally {

/// When an attempt to read a listing began.
struct Attempt {
  TimePoint began;
  Timestamp at{};
};

/// A complete answer, and what comparing it with what is known gives.
template <class Known>
struct Comparison {
  ListingKey listing;
  Attempt attempt;
  Timestamp seen_at{};  // when it came
  std::size_t rows = 0;
  bool hides_rows = false;          // see AccountQueue
  bool vouches_for_listing = true;  // false: the listing's success comes with another answer
  WritePriority priority = WritePriority::tally;
  TimePoint retry_until{};  // the listing is asked again then
  /// Pure; run on a worker, again for each try. Holds the answer itself: it is let go of there.
  std::function<Result<Diff<Known>>(const std::shared_ptr<const Known>& known)> compare;
};

class AccountState {
 public:
  /// What is not known any more is let go of by `workers`: freeing 100,000 rows takes longer than the loop may be held
  /// up. `observer`, if any, hears of the instances after each commit; it outlives the state.
  AccountState(CredentialRef credential, KnownAccount known, CatalogWriter& writer, Clock& clock,
               const boost::asio::any_io_executor& loop, boost::asio::any_io_executor workers, Redactor redactor = {},
               InstanceObserver* observer = nullptr);

  [[nodiscard]] const CredentialRef& credential() const { return credential_; }
  [[nodiscard]] const KnownAccount& known() const { return known_; }

  /// What vendors write goes through it before it is compared or stored; errors given to fail() do so here.
  [[nodiscard]] const Redactor& redactor() const { return redactor_; }

  /// The vendor's clock showed this just now.
  void note_vendor_time(Timestamp date);

  /// How far the vendor's clock is ahead of the wall clock now; nothing while it has not been seen.
  [[nodiscard]] std::optional<std::chrono::milliseconds> vendor_ahead() const;

  /// For what the catalog keeps of the account beside what is known here.
  [[nodiscard]] CatalogWriter& writer() const { return writer_; }

  /// What is known from now on. Call before the syncers start.
  void adopt(KnownAccount known) { known_ = std::move(known); }

  [[nodiscard]] Attempt begin() const;

  /// The last success of a listing; the epoch when there was none.
  [[nodiscard]] Timestamp last_success(const ListingKey& key) const;

  /// Whether the listing is one of those that are asked now.
  [[nodiscard]] bool is_asked(const ListingKey& key) const;

  /// Whether every listing of this kind that is asked, closed ones excepted, has succeeded the last time.
  [[nodiscard]] bool are_all_listed(SyncerKind syncer) const;

  /// Polls of this listing are due every `interval`; `skipped` more of them could not start in time.
  void expect(const ListingKey& key, std::chrono::milliseconds interval, std::int64_t skipped);

  /// Which listings of a syncer are asked from now on. The others count for nothing in the account's health, whatever
  /// their last attempt came to.
  void ask_only(SyncerKind syncer, std::set<std::string> locations);

  /// Complete lists say that nothing of it runs any more.
  [[nodiscard]] bool has_outlived_its_instances() const;

  /// Compares a complete answer with what is known, on the workers, commits what changed, and then that is known. When
  /// the catalog fails it is our failure, not the vendor's: what is known stays as it was, and it is tried again each
  /// second until the answer's `retry_until`; then the next poll has a newer answer. A large answer is committed in
  /// pieces: what is committed is known, also when a later piece fails. The outcome is the reason for
  /// which the answer is not believed (a failed poll), or empty. `Known` is KnownTypes, KnownInstances or
  /// KnownLocations.
  template <class Known>
  boost::asio::awaitable<Outcome> take(Comparison<Known> answer);

  /// As take(), of what is no listing's answer: waits for no later one, and whatever it comes to, no listing has
  /// failed. True when it is committed.
  boost::asio::awaitable<bool> tell(Comparison<KnownInstances> news);

  /// Whether a complete answer of the listing that began after `began` is known by `deadline`.
  boost::asio::awaitable<bool> is_listed_since(ListingKey key, TimePoint began, TimePoint deadline);
  [[nodiscard]] bool hides_rows(const ListingKey& key) const { return hiding_.contains(key); }

  /// No complete answer: rows stay as they are, only the attempt moves.
  boost::asio::awaitable<void> fail(ListingKey key, Attempt attempt, Error error);

 private:
  /// What one try to apply an answer came to.
  struct Applied {
    Outcome refusal;         // why the answer is not believed
    std::string unstored{};  // why the catalog did not take it; "" when it did
  };
  template <class Known>
  struct Ready;

  template <class Known>
  boost::asio::awaitable<Applied> apply(std::shared_ptr<Comparison<Known>> answer);
  template <class Known>
  boost::asio::awaitable<Result<Ready<Known>>> prepare(std::shared_ptr<Comparison<Known>> answer);
  template <class Known>
  boost::asio::awaitable<bool> recall(const Comparison<Known>& answer, const Ready<Known>& ready);
  template <class Known>
  boost::asio::awaitable<void> commit(const Comparison<Known>& answer, Ready<Known> ready);
  template <class Known>
  boost::asio::awaitable<void> keep_committed(const Comparison<Known>& answer, const Ready<Known>& ready,
                                              std::size_t count);
  template <class Known>
  void replace(std::shared_ptr<const Known> next);
  void observe(const ListingKey& key, Attempt attempt);
  [[nodiscard]] static bool is_closed(const ListingState& listing);
  [[nodiscard]] bool are_all_closed(SyncerKind syncer) const;
  boost::asio::awaitable<bool> wait_for_list(ListingKey key, TimePoint began);
  [[nodiscard]] std::map<ProblemKey, std::string> problems_now() const;
  [[nodiscard]] std::set<ProblemKey> problems_told() const;
  void tell_of(const std::string& failure);
  template <class T>
  boost::asio::awaitable<T> stay_through(boost::asio::awaitable<T> work);
  boost::asio::awaitable<void> note_health(TimePoint retry_until);
  boost::asio::awaitable<std::string> commit_health();

  CredentialRef credential_;
  KnownAccount known_;
  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor workers_;
  Redactor redactor_;
  InstanceObserver* observer_;
  Gate queue_;                                      // of one place: whose change is applied now
  boost::asio::steady_timer listed_;                // cancelled when a complete answer is known
  std::map<ListingKey, TimePoint> complete_since_;  // when the last complete answer began
  std::set<ListingKey> hiding_;                     // whose last complete answer had rows that nobody can place
  std::map<SyncerKind, std::set<std::string>> asked_;
  std::map<ListingKey, std::vector<KnownInstance>> unobserved_;  // committed, and not told of yet
  bool is_noting_health_ = false;
  std::optional<std::pair<Timestamp, TimePoint>> vendor_time_;  // as last seen, and when that was
  std::string last_store_failure_;                              // "" while the catalog takes what it is given
};

}  // namespace tally
