#include "cloud/price_text.hpp"

namespace tally {

std::optional<Money> parse_price(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto currency = Currency::from_code(text.substr(blank + 1));
  const auto price = currency ? Money::parse(text.substr(0, blank), *currency) : std::nullopt;
  return price && price->nanos > 0 ? price : std::nullopt;
}

}  // namespace tally
