// When a machine is to be told of, and ended, by its retirement. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/clock.hpp"
#include "store/journal_records.hpp"

namespace tally::lifecycle {

/// Whether the wall clock can be believed: it has gone as the steady one since the start, or a vendor's clock agrees.
class ClockAgreement {
 public:
  ClockAgreement(TimePoint start, Timestamp wall) : start_(start), wall_(wall) {}

  /// `vendor_ahead`: the lead of a vendor's clock, by its last answer.
  [[nodiscard]] bool holds(TimePoint now, Timestamp wall_now,
                           std::optional<std::chrono::milliseconds> vendor_ahead) const;

 private:
  TimePoint start_;
  Timestamp wall_;
};

struct RetirementStep {
  bool is_due = false;  // it is ended now
  int told = 0;         // what has been told by then: an hour ahead (1), ten minutes ahead (2), the end (3)
};

RetirementStep next_step(const RetirementRecord& retirement, Timestamp now);

}  // namespace tally::lifecycle
