#include "cloud/budget.hpp"

#include <algorithm>

namespace tally {

TokenBucket::TokenBucket(Clock& clock, double per_second, double burst)
    : clock_(clock),
      per_second_(per_second),
      burst_(std::max(burst, 1.0)),
      tokens_(burst_),
      refilled_at_(clock.now()),
      paused_until_(clock.now()) {}

void TokenBucket::refill() {
  const TimePoint now = clock_.now();
  const std::chrono::duration<double> passed = now - refilled_at_;
  tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
  refilled_at_ = now;
}

boost::asio::awaitable<void> TokenBucket::acquire(Priority priority) {
  // The last fifth of a full bucket is for lifecycle calls alone.
  const double reserved = priority == Priority::lifecycle ? 0.0 : std::min(burst_ / 5.0, burst_ - 1.0);
  for (;;) {
    refill();
    const TimePoint now = clock_.now();
    if (now < paused_until_) {
      co_await clock_.sleep_until(paused_until_);
      continue;
    }
    const double missing = 1.0 + reserved - tokens_;
    if (missing <= 0.0) {
      tokens_ -= 1.0;
      co_return;
    }
    const std::chrono::duration<double> wait(missing / per_second_);
    co_await clock_.sleep_until(now + std::chrono::ceil<std::chrono::milliseconds>(wait));
  }
}

void TokenBucket::pause_until(TimePoint until) { paused_until_ = std::max(paused_until_, until); }

}  // namespace tally
