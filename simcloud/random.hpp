// What the simulated world is drawn from: one seed gives one sequence, on every platform.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>

namespace tally::simcloud {

class Random {
 public:
  explicit Random(std::uint64_t seed) : numbers_(seed) {}

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : numbers_() % limit; }
  bool one_in(std::size_t chance) { return below(chance) == 0; }
  std::string hex(std::size_t digits) {
    std::string text;
    while (text.size() < digits) text += fmt::format("{:016x}", numbers_());
    text.resize(digits);
    return text;
  }

 private:
  std::mt19937_64 numbers_;
};

}  // namespace tally::simcloud
