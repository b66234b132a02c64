#include "cli/show/sparkline.hpp"

#include <catch2/catch.hpp>

#include "cli/show/terminal.hpp"

namespace tally::sparkline_test {
using namespace tally::cli;

TEST_CASE("a sparkline is as high as the mean of its time", "[cli]") {
  const std::vector<Interval> intervals = {{0, 10, 1.0}, {10, 20, 8.0}};
  const Span span = *span_of(intervals);
  CHECK(sparkline(intervals, span, 0, 20, 2, true) == "▁█");
  CHECK(sparkline(intervals, span, 0, 20, 2, false) == "_#");
  CHECK(sparkline(intervals, span, 0, 20, 1, true) == "▅");
}

TEST_CASE("a sparkline tells not known, nothing there and unchanged apart", "[cli]") {
  const std::vector<Interval> intervals = {{10, 20, std::nullopt}, {20, 30, 5.0}};
  CHECK(sparkline(intervals, *span_of(intervals), 0, 30, 3, false) == " ?=");
  CHECK_FALSE(span_of({{0, 1, std::nullopt}}).has_value());
}

TEST_CASE("a locale says by its name whether the terminal shows UTF-8", "[cli]") {
  CHECK(is_utf8_locale("de_DE.UTF-8"));
  CHECK(is_utf8_locale("C.utf8"));
  CHECK_FALSE(is_utf8_locale("C"));
  CHECK_FALSE(is_utf8_locale("de_DE.ISO-8859-1"));
}

}  // namespace tally::sparkline_test
