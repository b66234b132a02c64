#include "providers/aws/tenant.hpp"

#include <cstdint>

namespace tally::aws {
namespace {

constexpr std::size_t prefix_length = 4;  // "AKIA", "ASIA"
constexpr std::size_t read_length = 10;   // characters of five bits each
constexpr std::size_t number_digits = 12;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

}  // namespace

/// Base32; of the first 48 bits the first is set and says that it is such an ID, the next 40 are the number.
std::optional<std::string> account_in_key_id(std::string_view access_key_id) {
  const bool has_prefix = access_key_id.starts_with("AKIA") || access_key_id.starts_with("ASIA");
  if (!has_prefix || access_key_id.size() < prefix_length + read_length) return std::nullopt;
  std::uint64_t bits = 0;
  for (const char c : access_key_id.substr(prefix_length, read_length)) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 5U | value;
  }
  bits >>= 2U;  // 50 bits to 48
  constexpr std::uint64_t mark = std::uint64_t{1} << 47U;
  if ((bits & mark) == 0) return std::nullopt;
  std::string number = std::to_string((bits & (mark - 1)) >> 7U);
  if (number.size() > number_digits) return std::nullopt;
  return std::string(number_digits - number.size(), '0') + number;
}

}  // namespace tally::aws
