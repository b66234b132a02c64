// The parts of an address in text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// True for "localhost" and addresses of the loopback networks; IPv6 without brackets.
bool is_loopback(const std::string& host);

/// A decimal number from 1 to 65535; nothing when it is anything else.
std::optional<int> parse_port(std::string_view text);

}  // namespace tally
