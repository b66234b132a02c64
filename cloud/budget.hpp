// The request budget of one tenant: a token bucket that all credentials of the tenant, both syncers and lifecycle
// calls draw from. A fifth of it is reserved for lifecycle calls. Lives on the loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "runtime/clock.hpp"

namespace tally {

class Turns;

enum class Priority { sync, lifecycle };

class Budget {
 public:
  virtual ~Budget() = default;

  /// Waits until a request may be sent and takes it from the budget. Where several wait, lifecycle calls go first, then
  /// the lanes by turns: what one asks for often does not keep waiting what another one asks for seldom. Cancellation
  /// leaves the budget untouched.
  virtual boost::asio::awaitable<void> acquire(Priority priority, std::string lane) = 0;

  /// Nobody of the tenant sends before `until` (a 429 or Retry-After). Never shortens an earlier pause.
  virtual void pause_until(TimePoint until) = 0;
};

/// The Budget in use: `per_second` requests on average, up to `burst` at once.
class TokenBucket final : public Budget {
 public:
  TokenBucket(Clock& clock, double per_second, double burst);
  boost::asio::awaitable<void> acquire(Priority priority, std::string lane) override;
  void pause_until(TimePoint until) override;

 private:
  void refill();
  [[nodiscard]] std::chrono::milliseconds wait_of(Priority priority);

  Clock& clock_;
  double per_second_;
  double burst_;
  double tokens_;
  TimePoint refilled_at_;
  TimePoint paused_until_;
  std::shared_ptr<Turns> lifecycle_;
  std::shared_ptr<Turns> sync_;
};

}  // namespace tally
