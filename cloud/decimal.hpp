// A decimal number as a vendor spells it: `250`, `250.0` and `2.5e2` are one number. Exact; nothing here goes through a
// double. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/bytes.hpp"
#include "cloud/money.hpp"

namespace tally {

class Decimal {
 public:
  /// Reads a number in JSON's grammar; nothing for any other text.
  static std::optional<Decimal> parse(std::string_view text);

  [[nodiscard]] bool is_negative() const { return is_negative_; }

  /// The value when it is whole and fits.
  [[nodiscard]] std::optional<std::int64_t> whole() const;

  /// That many units; less than a byte is cut off. Nothing when negative or too large.
  [[nodiscard]] std::optional<Bytes> bytes(ByteUnit unit) const;

  /// The value times ten to the power of `shift` (-2: it is cents) as money, rounded half up to nano-units. Nothing
  /// when negative or too large.
  [[nodiscard]] std::optional<Money> money(int shift, Currency currency = {}) const;

 private:
  bool is_negative_ = false;
  std::string digits_;         // without zeros at either end; "" is zero
  std::int64_t exponent_ = 0;  // of the last digit
};

}  // namespace tally
