// The parts of an address in text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// True for "localhost" and addresses of the loopback networks; IPv6 without brackets.
bool is_loopback(const std::string& host);

/// True for an IPv4 or IPv6 address, the latter without brackets.
bool is_ip_address(const std::string& host);

/// Whether an instance can have an address of the loopback networks: only one of a simulated cloud, whose API is there
/// as well.
enum class LoopbackIs { nobodys, an_instances };

/// What a vendor states as an instance's address, as far as somebody may be met there: an IP address, or a DNS name of
/// two labels or more. "" for what is nobody's: unspecified, broadcast and multicast addresses, also as IPv4 in IPv6,
/// loopback ones unless they are an instance's, the short and octal spellings that resolvers take for addresses ("0",
/// "127.1"), and words such as "N/A" or "pending".
std::string instance_address(std::string_view stated, LoopbackIs loopback);

/// A decimal number from 1 to 65535; nothing when it is anything else.
std::optional<int> parse_port(std::string_view text);

}  // namespace tally
