// A Clock that moves only when the test says so. Keeps its sleepers in order and wakes them as time advances, so a
// day of polling runs in seconds and the same way each time. One thread: everything runs on the given io_context.
#pragma once

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <memory>

#include "runtime/clock.hpp"

namespace tally::fakes {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(boost::asio::io_context& context, Timestamp start = Timestamp(std::chrono::hours(24 * 365 * 50)))
      : context_(context), start_(start) {}

  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] Timestamp wall_now() const override {
    return start_ + std::chrono::floor<std::chrono::milliseconds>(now_ - TimePoint{});
  }

  boost::asio::awaitable<void> sleep_until(TimePoint when) override {
    namespace asio = boost::asio;
    if (when <= now_) co_return;
    auto sleeper = std::make_shared<Sleeper>(context_);
    const auto at = sleepers_.emplace(when, sleeper);
    boost::system::error_code ended;
    co_await sleeper->timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    if (!sleeper->is_woken) {
      sleepers_.erase(at);
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }

  /// Runs whatever is ready, then moves to the next sleeper, until `duration` has passed.
  void advance(std::chrono::nanoseconds duration) {
    const TimePoint end = now_ + std::chrono::duration_cast<TimePoint::duration>(duration);
    run_ready();
    while (!sleepers_.empty() && sleepers_.begin()->first <= end) {
      now_ = std::max(now_, sleepers_.begin()->first);
      while (!sleepers_.empty() && sleepers_.begin()->first <= now_) {
        auto sleeper = sleepers_.begin()->second;
        sleepers_.erase(sleepers_.begin());
        sleeper->is_woken = true;
        sleeper->timer.cancel();
        run_ready();
      }
    }
    now_ = end;
  }

  /// Time passes, and nothing runs.
  void pass(std::chrono::nanoseconds duration) { now_ += std::chrono::duration_cast<TimePoint::duration>(duration); }

  /// The wall clock is set, ahead or back; the steady one does not notice.
  void step_wall(std::chrono::milliseconds by) { start_ += by; }

  /// Runs handlers until none is ready.
  void run_ready() {
    context_.restart();
    while (context_.poll() != 0) {
    }
  }

  [[nodiscard]] std::size_t sleeper_count() const { return sleepers_.size(); }

 private:
  struct Sleeper {
    explicit Sleeper(boost::asio::io_context& context) : timer(context, TimePoint::max()) {}
    boost::asio::steady_timer timer;
    bool is_woken = false;
  };

  boost::asio::io_context& context_;
  Timestamp start_;
  TimePoint now_{};
  std::multimap<TimePoint, std::shared_ptr<Sleeper>> sleepers_;
};

}  // namespace tally::fakes
