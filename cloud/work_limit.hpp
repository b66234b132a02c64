// How long a piece of work may hold a thread that all accounts share. What a vendor sends decides how much there is to
// do, so whoever works through an answer asks at every row, or step of inflating, whether it is still worth going on.
#pragma once

#include <chrono>

#include "cloud/limits.hpp"

namespace tally {

class WorkLimit {
 public:
  /// The work begins now.
  explicit WorkLimit(std::chrono::steady_clock::duration longest = limits::account_work)
      : end_(std::chrono::steady_clock::now() + longest) {}

  /// Cheap: looks at the clock once in a while only.
  [[nodiscard]] bool is_over() {
    if (!is_over_ && asked_++ % asked_per_look == 0) is_over_ = std::chrono::steady_clock::now() >= end_;
    return is_over_;
  }

 private:
  static constexpr unsigned asked_per_look = 8;
  std::chrono::steady_clock::time_point end_;
  unsigned asked_ = 0;
  bool is_over_ = false;
};

}  // namespace tally
