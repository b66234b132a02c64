// Keeps the locations and instance types of one account true. A global API is asked once for everything; a locational
// one is asked for its locations and then for each of them, each committed by itself.
#pragma once

#include "syncers/instance_syncer.hpp"

namespace tally {

class InstanceTypeSyncer final : public Syncer {
 public:
  InstanceTypeSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::chrono::milliseconds interval() const override { return settings_.instance_type_interval; }
  boost::asio::awaitable<Outcome> pass(std::int64_t skipped) override;

 private:
  boost::asio::awaitable<Outcome> sync_locations(Attempt attempt, TimePoint next_pass);
  boost::asio::awaitable<Outcome> take_locations(Answer<Location> listing, Attempt attempt, TimePoint next_pass);
  boost::asio::awaitable<Outcome> sync_types(std::string location, Attempt attempt, TimePoint next_pass);
  boost::asio::awaitable<Outcome> sync_each_location(std::int64_t skipped, TimePoint next_pass);
  boost::asio::awaitable<void> unlist_lost_locations(TimePoint next_pass);
  boost::asio::awaitable<Outcome> check_designated(Attempt attempt, TimePoint next_pass);

  template <class Known>
  [[nodiscard]] Comparison<Known> answer_of(const ListingKey& key, Attempt attempt, TimePoint next_pass) const;
  template <class Rules>
  [[nodiscard]] Rules rules_of(const ListingKey& key) const;

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
};

}  // namespace tally
