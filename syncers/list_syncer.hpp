// Keeps a list of images or quotas true: asks for it, judges the answer, and has the store make its rows the same. It
// remembers nothing from one pass to the next, so a restart changes nothing. Loop thread.
#pragma once

#include <functional>
#include <memory>

#include "syncers/instance_syncer.hpp"
#include "tally/account_list.hpp"

namespace tally {

/// `T` is Image or Quota.
template <class T>
class ListSyncer final : public Syncer {
 public:
  using Ask = std::function<Task<Answer<T>>(Scope scope)>;

  /// `key`: of which location, "" for the whole account.
  ListSyncer(AccountState& state, Ask ask, const SyncSettings& settings, Clock& clock, ListingKey key);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] std::chrono::milliseconds deadline() const override;
  [[nodiscard]] bool is_wanted() const override { return state_.is_asked(key_); }
  boost::asio::awaitable<Outcome> pass(std::int64_t skipped) override;

 private:
  using Seen = std::shared_ptr<const AccountList<T>>;

  boost::asio::awaitable<Result<Seen>> ask(TimePoint deadline);
  boost::asio::awaitable<void> write(ListingState state, Seen seen, TimePoint until);
  boost::asio::awaitable<void> commit(ListingState state, Seen seen);
  [[nodiscard]] std::string list_name() const;
  void tell_of(const Outcome& outcome);

  AccountState& state_;
  Ask ask_;
  boost::asio::any_io_executor workers_;
  Clock& clock_;
  const ListingKey key_;
  std::string told_;  // the failure that the log was told of; "" while it succeeds
};

extern template class ListSyncer<Image>;
extern template class ListSyncer<Quota>;

}  // namespace tally
