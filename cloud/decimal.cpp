#include "cloud/decimal.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace tally {
namespace {

constexpr std::int64_t largest_exponent = 1'000'000'000;  // beyond what any text of bounded length could bring back
constexpr std::int64_t digits_of_64_bits = 19;

/// The digits at the text's front, taken off it.
std::string_view take_digits(std::string_view& text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t clamped(std::string_view digits) {
  std::int64_t value = 0;
  for (const char digit : digits) value = std::min(value * 10 + (digit - '0'), largest_exponent);
  return value;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal number;
  number.is_negative_ = take(text, "-");
  const std::string_view whole = take_digits(text);
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  number.digits_ = whole;
  if (take(text, ".")) {
    const std::string_view fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
    number.digits_ += fraction;
    number.exponent_ = -static_cast<std::int64_t>(fraction.size());
  }
  if (take(text, "eE")) {
    const bool is_small = !text.empty() && text.front() == '-';
    take(text, "+-");
    const std::string_view exponent = take_digits(text);
    if (exponent.empty()) return std::nullopt;
    number.exponent_ += is_small ? -clamped(exponent) : clamped(exponent);
  }
  if (!text.empty()) return std::nullopt;

  number.digits_.erase(0, number.digits_.find_first_not_of('0'));
  while (!number.digits_.empty() && number.digits_.back() == '0') {
    number.digits_.pop_back();
    ++number.exponent_;
  }
  if (number.digits_.empty()) number.is_negative_ = false;
  return number;
}

std::optional<std::int64_t> Decimal::whole() const {
  if (digits_.empty()) return 0;
  if (exponent_ < 0 || exponent_ + static_cast<std::int64_t>(digits_.size()) > digits_of_64_bits) return std::nullopt;
  std::string plain = is_negative_ ? "-" : "";
  plain.append(digits_).append(static_cast<std::size_t>(exponent_), '0');
  std::int64_t value = 0;
  const auto [rest, failure] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  return failure == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<Bytes> Decimal::bytes(ByteUnit unit) const {
  using boost::multiprecision::cpp_int;
  constexpr std::size_t most_digits = 40;
  if (is_negative_ || digits_.size() > most_digits) return std::nullopt;
  if (digits_.empty()) return Bytes(0);
  if (exponent_ > digits_of_64_bits) return std::nullopt;
  const auto powers = static_cast<unsigned>(std::min<std::int64_t>(std::abs(exponent_), 2 * most_digits));
  const cpp_int scale = pow(cpp_int(10), powers);
  const cpp_int units = cpp_int(digits_) * static_cast<std::int64_t>(unit);
  const cpp_int total = exponent_ < 0 ? cpp_int(units / scale) : cpp_int(units * scale);
  if (total > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return Bytes(static_cast<std::int64_t>(total));
}

std::optional<Money> Decimal::money(int shift, Currency currency) const {
  if (is_negative_) return std::nullopt;
  if (digits_.empty()) return Money{0, currency};
  const std::int64_t exponent = exponent_ + shift;
  const std::int64_t before_point = exponent + static_cast<std::int64_t>(digits_.size());
  constexpr std::int64_t nano_digits = 9;
  if (before_point > digits_of_64_bits) return std::nullopt;
  if (before_point < -nano_digits) return Money{0, currency};
  std::string plain = digits_;
  if (exponent > 0) plain.append(static_cast<std::size_t>(exponent), '0');
  if (before_point <= 0) plain.insert(0, static_cast<std::size_t>(1 - before_point), '0');
  if (exponent < 0) plain.insert(static_cast<std::size_t>(std::max<std::int64_t>(before_point, 1)), 1, '.');
  return Money::parse(plain, currency);
}

}  // namespace tally
