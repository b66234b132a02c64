// Randomness from a seed, so that a run can be repeated. Not for keys or tokens.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace tally {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed) {}

  /// Uniform in [0, limit); zero for a limit of zero. The same on every platform.
  std::chrono::milliseconds below(std::chrono::milliseconds limit) {
    return limit.count() <= 0 ? std::chrono::milliseconds(0)
                              : std::chrono::milliseconds(engine_() % static_cast<std::uint64_t>(limit.count()));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tally
