#include "cloud/budget.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "runtime/deadline.hpp"
#include "runtime/turns.hpp"

namespace tally {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

/// Nothing when it is not the caller's turn by then.
asio::awaitable<std::optional<Turns::Place>> take_turn(Clock& clock, std::optional<TimePoint> deadline,
                                                       asio::awaitable<Turns::Place> turn) {
  if (deadline) co_return co_await with_deadline<Turns::Place>(clock, *deadline, std::move(turn));
  co_return co_await std::move(turn);
}

}  // namespace

/// One token bucket and those who wait for it.
class TenantBudget::Pool {
 public:
  Pool(Clock& clock, const RequestRate& rate)
      : clock_(clock),
        per_second_(rate.per_second),
        burst_(std::max(rate.burst, 1.0)),
        tokens_(burst_),
        refilled_at_(clock.now()),
        paused_until_(clock.now()),
        syncs_held_until_(clock.now()) {}

  [[nodiscard]] Turns& turns(Priority priority) { return priority == Priority::lifecycle ? lifecycle_ : sync_; }
  void pause_until(TimePoint until) { paused_until_ = std::max(paused_until_, until); }
  void hold_syncs_until(TimePoint until) { syncs_held_until_ = std::max(syncs_held_until_, until); }
  /// Nobody of that priority sends before.
  [[nodiscard]] TimePoint paused_until(Priority priority) const {
    return priority == Priority::sync ? std::max(paused_until_, syncs_held_until_) : paused_until_;
  }
  void take() { tokens_ -= 1.0; }

  /// How long the one whose turn it is waits before it looks again; zero: there is a request to be had.
  [[nodiscard]] milliseconds wait_of(Priority priority) {
    refill();
    const TimePoint now = clock_.now();
    const TimePoint paused = paused_until(priority);
    if (now < paused) return std::chrono::ceil<milliseconds>(paused - now);
    // The last fifth of a full bucket is for lifecycle calls alone.
    const double reserved = priority == Priority::lifecycle ? 0.0 : std::min(burst_ / 5.0, burst_ - 1.0);
    const double missing = 1.0 + reserved - tokens_;
    if (missing > 0.0) return time_for(missing);
    const bool must_yield = priority == Priority::sync && lifecycle_.is_taken();
    return must_yield ? time_for(1.0) : milliseconds(0);
  }

 private:
  [[nodiscard]] milliseconds time_for(double tokens) const {
    return std::chrono::ceil<milliseconds>(std::chrono::duration<double>(tokens / per_second_));
  }
  void refill() {
    const TimePoint now = clock_.now();
    const std::chrono::duration<double> passed = now - refilled_at_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
    refilled_at_ = now;
  }

  Clock& clock_;
  double per_second_;
  double burst_;
  double tokens_;
  TimePoint refilled_at_;
  TimePoint paused_until_;
  TimePoint syncs_held_until_;
  Turns lifecycle_;
  Turns sync_;
};

/// Of one that may not be sent before its deadline.
Error TenantBudget::not_in_time(Pool& pool, Priority priority) const {
  const milliseconds wait = pool.wait_of(priority);
  Error error;
  error.kind = Errc::rate_limited;
  const bool is_paused = pool.paused_until(priority) > clock_.now();
  error.message = is_paused ? "not sent: the vendor asked for a pause that ends in " + std::to_string(wait.count()) +
                                  " ms, after this call's deadline"
                            : "not sent: the request budget leaves no room for it before its deadline";
  error.retry_after = wait;
  error.certainty = Certainty::nothing_happened;
  return error;
}

TenantBudget::TenantBudget(Clock& clock, RequestRate common, std::vector<RequestRate> named)
    : clock_(clock), rates_(std::move(named)), all_paused_until_(clock.now()), all_syncs_held_until_(clock.now()) {
  common.name = {};
  rates_.insert(rates_.begin(), common);
}

TenantBudget::~TenantBudget() = default;

TenantBudget::Pool& TenantBudget::pool_of(std::string_view name) {
  if (const auto at = pools_.find(name); at != pools_.end()) return *at->second;
  const std::string_view kind = name.substr(0, name.find('/'));
  const auto rate =
      std::find_if(rates_.begin(), rates_.end(), [kind](const RequestRate& each) { return each.name == kind; });
  if (rate == rates_.end()) throw std::invalid_argument("no request rate is named " + std::string(kind));
  const auto pool = std::make_shared<Pool>(clock_, *rate);
  pool->pause_until(all_paused_until_);
  pool->hold_syncs_until(all_syncs_held_until_);
  return *pools_.emplace(name, pool).first->second;
}

Task<> TenantBudget::acquire(Draw draw) {
  Pool& pool = pool_of(draw.pool);
  // Those before it may wait for as long as the pause lasts.
  if (draw.deadline && pool.paused_until(draw.priority) > *draw.deadline)
    co_return tl::unexpected(not_in_time(pool, draw.priority));
  asio::awaitable<Turns::Place> turn = pool.turns(draw.priority).take(draw.lane);
  const std::optional<Turns::Place> place = co_await take_turn(clock_, draw.deadline, std::move(turn));
  if (!place) co_return tl::unexpected(not_in_time(pool, draw.priority));
  for (milliseconds wait = pool.wait_of(draw.priority); wait.count() > 0; wait = pool.wait_of(draw.priority)) {
    const TimePoint next = clock_.now() + wait;
    if (draw.deadline && next > *draw.deadline) co_return tl::unexpected(not_in_time(pool, draw.priority));
    co_await clock_.sleep_until(next);
  }
  pool.take();
  co_return Result<>();
}

void TenantBudget::pause_until(TimePoint until, std::string_view pool) {
  if (!pool.empty()) return pool_of(pool).pause_until(until);
  all_paused_until_ = std::max(all_paused_until_, until);
  for (const auto& [name, each] : pools_) each->pause_until(until);
}

void TenantBudget::hold_syncs_until(TimePoint until, std::string_view pool) {
  if (!pool.empty()) return pool_of(pool).hold_syncs_until(until);
  all_syncs_held_until_ = std::max(all_syncs_held_until_, until);
  for (const auto& [name, each] : pools_) each->hold_syncs_until(until);
}

}  // namespace tally
