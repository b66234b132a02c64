// How much processor time a piece of work may take of a thread that all accounts share. What a vendor sends decides how
// much there is to do, so whoever works through an answer asks at every row, or step of inflating, whether it is still
// worth going on. It is not the time on the wall: on a machine that is busy with other things, work is not for that
// more.
#pragma once

#include <chrono>
#include <ctime>

#include "cloud/limits.hpp"

namespace tally {

class WorkLimit {
 public:
  /// The work begins now, and ends on this thread.
  explicit WorkLimit(std::chrono::steady_clock::duration longest = limits::account_work) : end_(worked() + longest) {}

  /// Cheap: looks at the clock once in a while only.
  [[nodiscard]] bool is_over() {
    if (!is_over_ && asked_++ % asked_per_look == 0) is_over_ = worked() >= end_;
    return is_over_;
  }

 private:
  static constexpr unsigned asked_per_look = 8;

  /// By this thread, ever.
  static std::chrono::nanoseconds worked() {
    std::timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  std::chrono::nanoseconds end_;
  unsigned asked_ = 0;
  bool is_over_ = false;
};

}  // namespace tally
