// What the service manager (systemd) is told of the daemon, by sd_notify(3). Where none has started us, nothing
// happens.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"

namespace tally {

/// How the tally stands, in numbers.
struct TallyState {
  std::int64_t credentials = 0;                     // in force
  std::int64_t fresh = 0;                           // of them
  std::int64_t instances = 0;                       // not ended
  std::optional<std::chrono::milliseconds> oldest;  // age of the listing that succeeded longest ago
};

TallyState read_tally_state(Reader& reader);

/// "6/8 credentials fresh, 412 instances, oldest 7 s", or what cannot be written (`failure`), on one line.
std::string status_text(const TallyState& state, const std::string& failure);

/// While it lives, the service is told to be reloading.
class ReloadNotice {
 public:
  ReloadNotice();
  ~ReloadNotice();
  ReloadNotice(const ReloadNotice&) = delete;
  ReloadNotice& operator=(const ReloadNotice&) = delete;
};

/// While it lives, and for half an hour at most, more time is asked for: a migration or a check of the whole catalog
/// may take longer than a start is given.
class StartPatience {
 public:
  StartPatience();
  ~StartPatience();
  StartPatience(const StartPatience&) = delete;
  StartPatience& operator=(const StartPatience&) = delete;

 private:
  void ask();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

void notify_ready();
void notify_stopping();

/// Whether somebody reads what is told.
bool is_notify_wanted();

/// How long we may be silent (WATCHDOG_USEC of this process); nothing when nobody watches.
std::optional<std::chrono::microseconds> watchdog_limit();

/// Says that all is well three times as often as `limit` asks for, each time after `writer` has done a job: a loop or a
/// writer that is stuck says nothing. `on_fed` is called each time. Loop thread; until cancelled.
boost::asio::awaitable<void> feed_watchdog(Clock& clock, boost::asio::any_io_executor writer,
                                           std::chrono::microseconds limit, std::function<void()> on_fed);

/// Keeps the status text true, reading the catalog on `workers`. Loop thread; until cancelled.
boost::asio::awaitable<void> tell_status(Clock& clock, std::filesystem::path catalog, const CatalogWriter& writer,
                                         boost::asio::any_io_executor workers);

}  // namespace tally
