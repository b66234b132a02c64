#include "lifecycle/retirement.hpp"

namespace tally::lifecycle {
namespace {

bool is_small(std::chrono::milliseconds difference) {
  constexpr std::chrono::minutes most{5};
  return difference <= most && difference >= -most;
}

}  // namespace

bool ClockAgreement::holds(TimePoint now, Timestamp wall_now,
                           std::optional<std::chrono::milliseconds> vendor_ahead) const {
  const auto steady = std::chrono::floor<std::chrono::milliseconds>(now - start_);
  return is_small((wall_now - wall_) - steady) || (vendor_ahead && is_small(*vendor_ahead));
}

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
