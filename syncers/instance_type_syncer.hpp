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
  boost::asio::awaitable<Outcome> sync_locations(Attempt attempt);
  boost::asio::awaitable<Outcome> sync_types(std::string location, Attempt attempt);
  boost::asio::awaitable<Outcome> sync_each_location(std::int64_t skipped);
  boost::asio::awaitable<void> unlist_lost_locations();

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
};

}  // namespace tally
