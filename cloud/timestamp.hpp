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

}  // namespace tally
