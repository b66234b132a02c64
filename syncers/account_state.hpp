// One credential's account as its two syncers share it: what is known, and how its listings are doing. Loaded from the
// catalog at start, never re-read. Lives on the loop thread; what it points to is immutable and may be read anywhere.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "cloud/account.hpp"
#include "cloud/clock.hpp"
#include "cloud/provider.hpp"
#include "cloud/redactor.hpp"
#include "store/catalog.hpp"
#include "syncers/catalog_writer.hpp"
#include "syncers/instance_observer.hpp"

namespace tally {

/// When an attempt to read a listing began.
struct Attempt {
  TimePoint began;
  Timestamp at{};
};

class AccountState {
 public:
  /// What is not known any more is let go of by `workers`: freeing 100,000 rows takes longer than the loop may be held
  /// up. `observer`, if any, hears of the instances after each commit; it outlives the state.
  AccountState(CredentialRef credential, KnownAccount known, CatalogWriter& writer, Clock& clock,
               boost::asio::any_io_executor workers, Redactor redactor = {}, InstanceObserver* observer = nullptr);

  [[nodiscard]] const CredentialRef& credential() const { return credential_; }
  [[nodiscard]] const KnownAccount& known() const { return known_; }

  /// What vendors write goes through it before it is compared or stored; errors given to fail() do so here.
  [[nodiscard]] const Redactor& redactor() const { return redactor_; }

  /// What is known from now on. Call before the syncers start.
  void adopt(KnownAccount known) { known_ = std::move(known); }

  [[nodiscard]] Attempt begin() const;

  /// The last success of a listing; the epoch when there was none.
  [[nodiscard]] Timestamp last_success(const ListingKey& key) const;
  [[nodiscard]] bool is_failing() const;

  /// Polls of this listing are due every `interval`; `skipped` more of them could not start in time.
  void expect(const ListingKey& key, std::chrono::milliseconds interval, std::int64_t skipped);

  /// A complete answer of `items` rows that came at `seen_at`: commits what changed, then that is known. `Known` is
  /// KnownTypes, KnownInstances or KnownLocations.
  template <class Known>
  boost::asio::awaitable<void> succeed(ListingKey key, Attempt attempt, Timestamp seen_at, std::size_t items,
                                       Diff<Known> diff);

  /// No complete answer: rows stay as they are, only the attempt moves.
  boost::asio::awaitable<void> fail(ListingKey key, Attempt attempt, Error error);

  /// Commits changes that are no answer of a listing by themselves (locations of a global API, stable IDs).
  template <class Known>
  boost::asio::awaitable<void> commit(Diff<Known> diff);

 private:
  template <class Known>
  void replace(std::shared_ptr<const Known> next);
  boost::asio::awaitable<std::vector<KnownInstance>> store(ChangeSet changes, ListingState state);
  boost::asio::awaitable<void> note_health();

  CredentialRef credential_;
  KnownAccount known_;
  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor workers_;
  Redactor redactor_;
  InstanceObserver* observer_;
};

}  // namespace tally
