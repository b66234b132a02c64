// Keeps the instances of one account true: lists them, asks by ID for those that are missing, diffs, commits.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "syncers/account_state.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/syncer.hpp"

namespace tally {

/// What both syncers of an account are told.
struct SyncSettings {
  const ProviderDescription* provider = nullptr;
  std::chrono::milliseconds instance_type_interval{0};
  std::chrono::milliseconds instance_interval{0};
  std::vector<InstanceTypeId> stable_ids;
  boost::asio::any_io_executor workers;  // large answers are diffed here
};

class InstanceSyncer final : public Syncer {
 public:
  InstanceSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::chrono::milliseconds interval() const override { return settings_.instance_interval; }
  boost::asio::awaitable<Outcome> pass(std::int64_t skipped) override;

 private:
  boost::asio::awaitable<std::vector<std::string>> locations();
  boost::asio::awaitable<Outcome> sync(std::string location, TimePoint next_pass);
  [[nodiscard]] InstanceRules rules_of(const ListingKey& key) const;
  boost::asio::awaitable<std::vector<CloudId>> absences(std::shared_ptr<const Answer<Instance>> seen,
                                                        InstanceRules rules, Timestamp now);
  boost::asio::awaitable<Witnesses> ask(std::string location, std::vector<CloudId> absent, TimePoint deadline);

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
};

}  // namespace tally
