#include "lifecycle/retirement_step.hpp"

#include <chrono>

namespace tally::lifecycle {

RetirementStep next_step(const RetirementRecord& retirement, Timestamp now) {
  using std::chrono::hours;
  using std::chrono::minutes;
  RetirementStep step;
  step.told = retirement.told;
  const auto left = retirement.retire_at - now;
  step.is_due = left <= minutes(0);
  if (step.is_due) {
    step.told = 3;
  } else if (left <= minutes(10)) {
    step.told = 2;
  } else if (left <= hours(1)) {
    step.told = 1;
  }
  return step;
}

}  // namespace tally::lifecycle
