// Prices as tests write them.
#pragma once

#include <cstdint>

#include "cloud/money.hpp"

namespace tally::fakes {

/// From the currency's hundredth.
constexpr Money cents(std::int64_t count, Currency currency = {}) { return Money{count * 10'000'000, currency}; }

}  // namespace tally::fakes
