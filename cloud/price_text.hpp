// Prices as people write them: "30 USD". Pure.
#pragma once

#include <optional>
#include <string_view>

#include "cloud/money.hpp"

namespace tally {

/// A decimal above 0, one blank and an ISO 4217 code; nothing for any other text.
std::optional<Money> parse_price(std::string_view text);

}  // namespace tally
