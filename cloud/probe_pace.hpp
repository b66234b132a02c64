// How long and how often an instance is probed: what an operator sets, with its defaults.
#pragma once

#include <chrono>
#include <optional>

namespace tally {

struct ProbePace {
  std::chrono::milliseconds first_window{std::chrono::minutes(10)};      // back-off from 1 s to 30 s, then rechecks
  std::chrono::milliseconds recheck_interval{std::chrono::minutes(10)};  // of reachable and of unreachable ones

  bool operator==(const ProbePace&) const = default;
};

/// For one instance type; what is empty is as for the others.
struct ProbePaceOverride {
  std::optional<std::chrono::milliseconds> first_window;
  std::optional<std::chrono::milliseconds> recheck_interval;

  bool operator==(const ProbePaceOverride&) const = default;
};

}  // namespace tally
