// Keeps one listing of instance types true: all types of a global API, with the locations; of a locational one the
// locations, or the types of one location. Loop thread.
#pragma once

#include "syncers/instance_syncer.hpp"

namespace tally {

class InstanceTypeSyncer final : public Syncer {
 public:
  /// `location`: "" for a global API, and for the locations of a locational one.
  InstanceTypeSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock, std::string location);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::chrono::milliseconds interval() const override { return settings_.instance_type_interval; }
  [[nodiscard]] std::chrono::milliseconds deadline() const override;
  [[nodiscard]] bool is_wanted() const override { return state_.is_asked(key_); }
  boost::asio::awaitable<Outcome> pass(std::int64_t skipped) override;

 private:
  boost::asio::awaitable<Outcome> sync_locations(Attempt attempt);
  boost::asio::awaitable<Outcome> take_locations(Answer<Location> listing, Attempt attempt);
  boost::asio::awaitable<Outcome> sync_types(Attempt attempt);
  boost::asio::awaitable<void> unlist_lost_locations();
  boost::asio::awaitable<Outcome> check_designated(Attempt attempt);

  template <class Known>
  [[nodiscard]] Comparison<Known> answer_of(const ListingKey& key, Attempt attempt) const;
  template <class Rules>
  [[nodiscard]] Rules rules_of(const ListingKey& key, Attempt attempt) const;

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
  const ListingKey key_;
  const std::shared_ptr<SettledTypes> settled_ = std::make_shared<SettledTypes>();  // of the workers
};

}  // namespace tally
