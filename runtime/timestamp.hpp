// Wall-clock time as the catalog stores it: whole milliseconds UTC since 1970.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-08-20T20:53:39.000Z"
std::string to_iso8601(Timestamp time);

/// Reads an RFC 3339 time such as "2026-01-28T20:53:39.459529Z"; a space may stand for the T, and an offset for the Z.
/// What is finer than a millisecond is cut off. Nothing when it is no such time or not within years 1970 to 9999.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace tally
