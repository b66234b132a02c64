// Waits of a test for what another process does.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace tally::fakes {

/// Longer than anything takes on any machine: what has not come by then never will.
inline constexpr std::chrono::minutes longest_wait{8};

/// Looks again and again until it is so. Throws, saying what was waited for, when that never comes.
template <class Look>
void await(const std::string& what, Look look) {
  const auto give_up_at = std::chrono::steady_clock::now() + longest_wait;
  while (!look()) {
    if (std::chrono::steady_clock::now() > give_up_at) throw std::runtime_error("waited in vain for: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace tally::fakes
