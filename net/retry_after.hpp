// The Retry-After header. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "cloud/timestamp.hpp"

namespace tally {

/// The wait that the header asks for, as whole seconds or an HTTP date (RFC 9110, 5.6.7), between zero and an hour.
/// Nothing when it says neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

}  // namespace tally
