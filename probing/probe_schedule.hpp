// When which instance is probed. Pure: the time and the randomness come from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "cloud/instance.hpp"
#include "probing/probe_settings.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"

namespace tally {

ProbePace pace_of(const Instance& instance, const ProbeSettings& settings);

/// How long to wait after the `failures`-th failure in a row (1 is the first): a random half around a bound that
/// doubles from 1 s to 30 s.
std::chrono::milliseconds probe_backoff(int failures, Rng& rng);

/// When to probe again what answered: around the recheck interval, so that hosts that came together drift apart.
TimePoint due_after_success(const ProbePace& pace, TimePoint now, Rng& rng);

/// When to probe again what failed for the `failures`-th time in a row: with back-off until the window ends, as what
/// answers after that.
TimePoint due_after_failure(const ProbePace& pace, TimePoint window_ends, int failures, TimePoint now, Rng& rng);

/// Who is due when; the earliest first, of equals the one that was put in first.
class DueQueue {
 public:
  using Id = std::uint64_t;

  /// Instead of an earlier due time of it.
  void put(Id id, TimePoint due);
  void erase(Id id);

  /// Takes out the first that is due by `now`.
  std::optional<Id> take_due(TimePoint now);

  [[nodiscard]] std::optional<TimePoint> next() const;
  [[nodiscard]] std::size_t size() const { return due_.size(); }

 private:
  using Place = std::pair<TimePoint, std::uint64_t>;  // the second: in which order they were put in
  std::map<Place, Id> order_;
  std::unordered_map<Id, Place> due_;
  std::uint64_t puts_ = 0;
};

}  // namespace tally
