// How long what a provider asked for by itself is good. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "runtime/clock.hpp"

namespace tally {

/// Whether what was at `at`, if it was, is less than `span` ago.
inline bool is_within(std::chrono::nanoseconds span, const std::optional<TimePoint>& at, TimePoint now) {
  return at && now < *at + span;
}

}  // namespace tally
