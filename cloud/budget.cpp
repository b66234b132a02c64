#include "cloud/budget.hpp"

#include <algorithm>

#include "runtime/turns.hpp"

namespace tally {
using std::chrono::milliseconds;

TokenBucket::TokenBucket(Clock& clock, double per_second, double burst)
    : clock_(clock),
      per_second_(per_second),
      burst_(std::max(burst, 1.0)),
      tokens_(burst_),
      refilled_at_(clock.now()),
      paused_until_(clock.now()),
      lifecycle_(std::make_shared<Turns>()),
      sync_(std::make_shared<Turns>()) {}

void TokenBucket::refill() {
  const TimePoint now = clock_.now();
  const std::chrono::duration<double> passed = now - refilled_at_;
  tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
  refilled_at_ = now;
}

/// How long the one whose turn it is waits before it looks again; zero: there is a request to be had.
milliseconds TokenBucket::wait_of(Priority priority) {
  refill();
  const TimePoint now = clock_.now();
  if (now < paused_until_) return std::chrono::ceil<milliseconds>(paused_until_ - now);
  // The last fifth of a full bucket is for lifecycle calls alone.
  const double reserved = priority == Priority::lifecycle ? 0.0 : std::min(burst_ / 5.0, burst_ - 1.0);
  const auto time_for = [this](double tokens) {
    return std::chrono::ceil<milliseconds>(std::chrono::duration<double>(tokens / per_second_));
  };
  const double missing = 1.0 + reserved - tokens_;
  if (missing > 0.0) return time_for(missing);
  const bool must_yield = priority == Priority::sync && lifecycle_->is_taken();
  return must_yield ? time_for(1.0) : milliseconds(0);
}

boost::asio::awaitable<void> TokenBucket::acquire(Priority priority, std::string lane) {
  const std::shared_ptr<Turns> turns = priority == Priority::lifecycle ? lifecycle_ : sync_;
  const Turns::Place place = co_await turns->take(std::move(lane));
  for (milliseconds wait = wait_of(priority); wait.count() > 0; wait = wait_of(priority)) {
    co_await clock_.sleep_until(clock_.now() + wait);
  }
  tokens_ -= 1.0;
}

void TokenBucket::pause_until(TimePoint until) { paused_until_ = std::max(paused_until_, until); }

}  // namespace tally
