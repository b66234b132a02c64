#include "providers/fluidstack/quantity.hpp"

#include <array>
#include <string>

#include "cloud/decimal.hpp"
#include "runtime/ascii.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::string_view prefixes = "kmgtpe";  // each a thousand of the one before, or 1024 of it

/// How many bytes a unit, in lower case, has; nothing when it is none.
std::optional<std::int64_t> bytes_of(std::string_view unit) {
  if (unit.empty() || unit == "b") return 1;
  const std::size_t prefix = prefixes.find(unit.front());
  if (prefix == std::string_view::npos) return std::nullopt;
  unit.remove_prefix(1);
  const bool is_binary = unit.starts_with('i');
  if (is_binary) unit.remove_prefix(1);
  if (!unit.empty() && unit != "b") return std::nullopt;
  std::int64_t bytes = 1;
  for (std::size_t power = 0; power <= prefix; ++power) bytes *= is_binary ? 1024 : 1000;
  return bytes;
}

}  // namespace

std::optional<Bytes> parse_quantity(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto number = Decimal::parse(text.substr(0, digits));
  const auto bytes = bytes_of(ascii::lower(unit));
  if (!number || !bytes) return std::nullopt;
  return number->bytes(static_cast<ByteUnit>(*bytes));
}

}  // namespace tally::fluidstack
