// Makes the running daemon follow its configuration and its vault. Loop thread; files are read on a worker.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <vector>

#include "daemon/configuration.hpp"
#include "daemon/sessions.hpp"
#include "notify/notifier.hpp"
#include "store/housekeeper.hpp"

namespace tally {

class Reloader {
 public:
  /// `sessions` and `housekeeper` do what `in_force` says; they outlive the reloader. A source without a file cannot be
  /// read again.
  Reloader(ConfigSource source, Config in_force, Sessions& sessions, Housekeeper& housekeeper,
           boost::asio::any_io_executor loop, boost::asio::any_io_executor workers);

  /// Reads both again and puts them in force; one caller at a time, the others wait. Answers the problems: with any,
  /// nothing has changed. Goes on to its end when the caller is cancelled.
  boost::asio::awaitable<std::vector<std::string>> reload();

  /// Hears after each reading whether it is in force; outlives the reloader.
  void observe(WorkObserver& observer) { observer_ = &observer; }

  /// Follows the rules of notifications from now on; outlives the reloader.
  void lead(notify::Notifier& notifier) { notifier_ = &notifier; }

  /// Who may have the daemon change something, as the configuration in force says.
  [[nodiscard]] const std::optional<UserGroup>& operator_group() const { return in_force_.operator_group; }

  /// Forgets credentials that were removed and whose last instance has ended, and those that were left out and whose
  /// operations are over. Until cancelled.
  boost::asio::awaitable<void> retire_removed(Clock& clock);

 private:
  class Turn;
  boost::asio::awaitable<void> idle();
  boost::asio::awaitable<std::vector<std::string>> read_and_apply();
  boost::asio::awaitable<void> read_into(ReadConfig& read);
  boost::asio::awaitable<void> apply(Config config);
  boost::asio::awaitable<void> forget_those_that_ended();

  ConfigSource source_;
  Config in_force_;
  Sessions& sessions_;
  Housekeeper& housekeeper_;
  boost::asio::any_io_executor loop_;
  boost::asio::any_io_executor workers_;
  WorkObserver* observer_ = nullptr;
  notify::Notifier* notifier_ = nullptr;
  bool is_busy_ = false;
  boost::asio::steady_timer idle_;  // cancelled when no longer busy: wakes those who wait
};

}  // namespace tally
