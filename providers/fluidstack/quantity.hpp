// Sizes as Kubernetes writes them: "960Gi", "1.5 TB". Pure.
#pragma once

#include <optional>
#include <string_view>

#include "cloud/bytes.hpp"

namespace tally::fluidstack {

/// A number, which may have a fraction, and a unit in any case with or without a blank before it: Ki Mi Gi Ti Pi Ei
/// (also KiB) are binary, K M G T P E (also KB) decimal, none and B bytes. Less than a byte is cut off. Nothing for any
/// other text, for a negative number and for what 63 bits do not hold.
std::optional<Bytes> parse_quantity(std::string_view text);

}  // namespace tally::fluidstack
