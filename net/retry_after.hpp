// The Retry-After header, as servers send it. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "runtime/timestamp.hpp"

namespace tally {

/// An HTTP date in its three forms (RFC 9110, 5.6.7).
std::optional<Timestamp> parse_http_date(std::string_view text);

/// The wait that the header asks for, between zero and limits::retry_after. Understood are numbers of seconds, with a
/// fraction or without; numbers so large that they are Unix times, in seconds or milliseconds; HTTP and RFC 3339 dates,
/// as seen at `now`; several of them between commas, of which the longest counts. Nothing when it says none of these.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now);

}  // namespace tally
