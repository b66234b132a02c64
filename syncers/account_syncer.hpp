// Keeps one account true: a loop for each of its listings, which are all types and all instances of a global API; of a
// locational one the locations, and per location that is available types and instances. Instances also of a location
// that holds live ones, or that somebody has lately waited for a list of: an operation that looks for its machine
// there. Each has its own period, deadline, back-off and failure; so has each list of images and of quotas, where the
// account has them. Also the door for whoever is no listing. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>

#include "runtime/rng.hpp"
#include "runtime/tasks.hpp"
#include "syncers/account_state.hpp"
#include "syncers/instance_syncer.hpp"
#include "syncers/periodic.hpp"
#include "tally/account_queue.hpp"

namespace tally {

class AccountSyncer final : public AccountQueue {
 public:
  /// All references outlive the tasks; `tasks` run on `loop`.
  AccountSyncer(AccountState& state, Account& account, SyncSettings settings, Clock& clock, Rng& rng,
                boost::asio::any_io_executor loop, Tasks& tasks);
  ~AccountSyncer() override;

  /// Asks from now on, in the tasks.
  void start();

  boost::asio::awaitable<bool> tell(InstanceNews news) override;
  void poke(const std::string& location) override;
  boost::asio::awaitable<bool> is_listed_since(std::string location, TimePoint began, TimePoint deadline) override;
  [[nodiscard]] bool hides_rows(const std::string& location) const override;

 private:
  struct Loop;
  class Listing;

  void follow_locations();
  void want(const std::string& location);
  void ask_for_lists(const std::set<std::string>& locations);
  void ask(SyncerKind syncer, const std::set<std::string>& locations);
  std::unique_ptr<Syncer> make_syncer(const ListingKey& key);
  boost::asio::awaitable<void> run(ListingKey key, std::shared_ptr<Loop> loop);
  [[nodiscard]] bool is_locational() const { return settings_.provider->api_type == ApiType::locational; }

  AccountState& state_;
  Account& account_;
  SyncSettings settings_;
  Clock& clock_;
  Rng& rng_;
  boost::asio::any_io_executor loop_;
  Tasks& tasks_;
  std::map<SyncerKind, Lanes> lanes_;
  std::map<ListingKey, std::shared_ptr<Loop>> loops_;
  std::map<std::string, TimePoint> wanted_until_;  // locations whose instances somebody waits for
};

}  // namespace tally
