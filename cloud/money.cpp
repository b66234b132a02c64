#include "cloud/money.hpp"

#include <algorithm>

#include "runtime/ascii.hpp"

namespace tally {
namespace {

constexpr std::int64_t nanos_per_unit = 1'000'000'000;
constexpr int nano_digits = 9;

// Active ISO 4217 codes (list one, 2024), without test and metal codes.
constexpr std::string_view iso_4217 =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG ";

}  // namespace

std::optional<Currency> Currency::from_code(std::string_view code) {
  if (code.size() != 3) return std::nullopt;
  for (std::size_t at = 0; at < iso_4217.size(); at += 4) {
    if (iso_4217.substr(at, 3) == code) {
      Currency currency;
      std::copy(code.begin(), code.end(), currency.code_.begin());
      return currency;
    }
  }
  return std::nullopt;
}

std::optional<Money> Money::parse(std::string_view decimal, Currency currency) {
  const std::size_t dot = std::min(decimal.find('.'), decimal.size());
  const std::string_view whole = decimal.substr(0, dot);
  const std::string_view fraction = decimal.substr(std::min(dot + 1, decimal.size()));
  if (whole.empty() || (dot != decimal.size() && fraction.empty())) return std::nullopt;
  if (!std::all_of(whole.begin(), whole.end(), ascii::is_digit)) return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), ascii::is_digit)) return std::nullopt;

  std::int64_t nanos = 0;
  const auto append_digit = [&nanos](char digit) {
    return !__builtin_mul_overflow(nanos, 10, &nanos) && !__builtin_add_overflow(nanos, digit - '0', &nanos);
  };
  for (const char digit : whole) {
    if (!append_digit(digit)) return std::nullopt;
  }
  for (std::size_t i = 0; i < nano_digits; ++i) {
    if (!append_digit(i < fraction.size() ? fraction[i] : '0')) return std::nullopt;
  }
  const bool rounds_up = fraction.size() > nano_digits && fraction[nano_digits] >= '5';
  if (rounds_up && __builtin_add_overflow(nanos, 1, &nanos)) return std::nullopt;
  return Money{nanos, currency};
}

std::string to_text(const Money& money) {
  std::string fraction = std::to_string(money.nanos % nanos_per_unit);
  fraction.insert(0, nano_digits - fraction.size(), '0');
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(money.nanos / nanos_per_unit) + "." + fraction + " " + std::string(money.currency.code());
}

}  // namespace tally
