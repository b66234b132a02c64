// When a create may begin, so that no more begin within a minute than the provider allows. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>

#include "runtime/clock.hpp"

namespace tally::lifecycle {

class CreateTurns {
 public:
  /// `between`: two turns, at the least.
  CreateTurns(int per_minute, std::chrono::seconds between)
      : per_minute_(static_cast<std::size_t>(std::max(per_minute, 1))), between_(between) {}

  /// The next turn; nothing when it would come later than so long from now.
  std::optional<TimePoint> take(TimePoint now, std::chrono::seconds longest) {
    TimePoint turn = now;
    if (!taken_.empty()) turn = std::max(turn, taken_.back() + between_);
    if (taken_.size() >= per_minute_) turn = std::max(turn, taken_.front() + std::chrono::minutes(1));
    if (turn - now > longest) return std::nullopt;
    taken_.push_back(turn);
    if (taken_.size() > per_minute_) taken_.pop_front();
    return turn;
  }

 private:
  std::size_t per_minute_;
  std::chrono::seconds between_;
  std::deque<TimePoint> taken_;  // the last so many
};

}  // namespace tally::lifecycle
