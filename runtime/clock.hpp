// Time as a collaborator. Syncers, lifecycle and probe scheduling wait only through a Clock, so that a test can
// run a day in a second; so does the HTTP client. Contacts over SSH and gRPC's channels go by real time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "runtime/timestamp.hpp"

namespace tally {

using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  /// Monotonic time, for intervals and deadlines.
  [[nodiscard]] virtual TimePoint now() const = 0;

  /// UTC, for what is stored and shown. May jump.
  [[nodiscard]] virtual Timestamp wall_now() const = 0;

  /// Returns at or after `when`; at once if that has passed. Throws system_error(operation_aborted) when cancelled.
  virtual boost::asio::awaitable<void> sleep_until(TimePoint when) = 0;
};

}  // namespace tally
