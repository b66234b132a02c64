#include "cloud/decimal.hpp"

#include <catch2/catch.hpp>

namespace tally::decimal_test {
namespace {
Decimal number(std::string_view text) {
  const auto read = Decimal::parse(text);
  REQUIRE(read);
  return *read;
}
}  // namespace

TEST_CASE("a number is its value, whatever its spelling", "[decimal]") {
  for (const char* spelling : {"250", "250.0", "2.5e2", "2.50E+2", "2500e-1", "0.25e3"}) {
    INFO(spelling);
    CHECK(number(spelling).whole() == 250);
    CHECK(number(spelling).money(-2)->nanos == 2'500'000'000);
  }
  CHECK(number("-0.0").whole() == 0);
  CHECK(number("-9223372036854775808").whole() == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(number("9223372036854775808").whole());
  CHECK_FALSE(number("62.5").whole());
  CHECK_FALSE(number("1e400").whole());
  CHECK_FALSE(number("1e99999999999999999999999").whole());
}

TEST_CASE("a fraction of a cent is exact, and what money cannot hold is none", "[decimal]") {
  CHECK(number("250.55").money(-2)->nanos == 2'505'500'000);
  CHECK(number("0.0000001").money(-2)->nanos == 1);
  CHECK(number("1e-40").money(-2)->nanos == 0);
  CHECK(number("0.00000005").money(-2)->nanos == 1);  // half up
  CHECK_FALSE(number("1e40").money(-2));
  CHECK_FALSE(number("-1").money(-2));
}

TEST_CASE("a fraction of a unit is bytes", "[decimal]") {
  CHECK(number("62.5").bytes(ByteUnit::gigabyte) == Bytes(62'500'000'000));
  CHECK(number("0.5").bytes(ByteUnit::gibibyte) == Bytes(1LL << 29));
  CHECK(number("0").bytes(ByteUnit::gibibyte) == Bytes(0));
  CHECK(number("1e-30").bytes(ByteUnit::gibibyte) == Bytes(0));
  CHECK_FALSE(number("9e18").bytes(ByteUnit::gigabyte));
  CHECK_FALSE(number("-1").bytes(ByteUnit::gigabyte));
}

TEST_CASE("what is no number in JSON is none", "[decimal]") {
  for (const char* text : {"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "NaN", "1 ", "0x10", "1,5"}) {
    INFO(text);
    CHECK_FALSE(Decimal::parse(text));
  }
}

}  // namespace tally::decimal_test
