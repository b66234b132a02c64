// Exact money: a whole number of nano-units (1e-9) of an ISO 4217 currency. Holds up to 9.2e9 units, which is
// far above any hourly price. Never made from a double: vendors' prices are read from their text.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// An ISO 4217 code, upper case. Only codes of the standard's list can be made.
class Currency {
 public:
  constexpr Currency() = default;  // USD
  static std::optional<Currency> from_code(std::string_view code);
  [[nodiscard]] std::string_view code() const { return {code_.data(), code_.size()}; }
  auto operator<=>(const Currency&) const = default;

 private:
  std::array<char, 3> code_{'U', 'S', 'D'};
};

struct Money {
  std::int64_t nanos = 0;
  Currency currency;

  /// Reads a plain decimal such as "23.325" exactly; more than nine decimals round half up. Nothing for a sign,
  /// an exponent, NaN, an empty text or a value above what 64 bits hold.
  static std::optional<Money> parse(std::string_view decimal, Currency currency = {});

  auto operator<=>(const Money&) const = default;
};

/// "23.325 USD"; at least two decimals.
std::string to_text(const Money& money);

}  // namespace tally
