// Whether the wall clock can be believed: it has gone as the steady one since the start, or a vendor's clock agrees.
// Pure.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/clock.hpp"

namespace tally::lifecycle {

class ClockAgreement {
 public:
  ClockAgreement(TimePoint start, Timestamp wall) : start_(start), wall_(wall) {}

  /// `vendor_ahead`: the lead of a vendor's clock, by its last answer.
  [[nodiscard]] bool holds(TimePoint now, Timestamp wall_now,
                           std::optional<std::chrono::milliseconds> vendor_ahead) const {
    const auto steady = std::chrono::floor<std::chrono::milliseconds>(now - start_);
    return is_small((wall_now - wall_) - steady) || (vendor_ahead && is_small(*vendor_ahead));
  }

 private:
  static bool is_small(std::chrono::milliseconds difference) {
    constexpr std::chrono::minutes most{5};
    return difference <= most && difference >= -most;
  }

  TimePoint start_;
  Timestamp wall_;
};

}  // namespace tally::lifecycle
