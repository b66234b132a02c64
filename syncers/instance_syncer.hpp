// Keeps the instances of one listing true: lists them, asks by ID for those that are missing, and hands both over to be
// compared and committed. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "syncers/account_state.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/settled_answer.hpp"
#include "syncers/syncer.hpp"
#include "tally/work_observer.hpp"

namespace tally {

/// What all syncers of an account are told.
struct SyncSettings {
  const ProviderDescription* provider = nullptr;
  std::chrono::milliseconds instance_type_interval{0};
  std::chrono::milliseconds instance_interval{0};
  std::vector<InstanceTypeId> stable_ids;
  boost::asio::any_io_executor workers;  // large answers are diffed here
  WorkObserver* observer = nullptr;      // hears of each pass; outlives the syncers
};

/// By what a listing's instances are compared with an answer that began at `began`.
InstanceRules instance_rules(const AccountState& state, const SyncSettings& settings, const ListingKey& key,
                             TimePoint began, TimePoint now);

class InstanceSyncer final : public Syncer {
 public:
  /// `location`: "" for a global API.
  InstanceSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock, std::string location);

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::chrono::milliseconds interval() const override { return settings_.instance_interval; }
  [[nodiscard]] std::chrono::milliseconds deadline() const override;
  [[nodiscard]] bool is_wanted() const override { return state_.is_asked(key_); }
  boost::asio::awaitable<Outcome> pass(std::int64_t skipped) override;

 private:
  boost::asio::awaitable<std::vector<CloudId>> absences(std::shared_ptr<const Answer<Instance>> seen,
                                                        InstanceRules rules, Timestamp now);
  boost::asio::awaitable<Witnesses> ask(std::vector<CloudId> absent, TimePoint deadline);

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
  const ListingKey key_;
  const std::shared_ptr<SettledInstances> settled_ = std::make_shared<SettledInstances>();  // of the workers
};

}  // namespace tally
