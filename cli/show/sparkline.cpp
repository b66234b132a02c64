#include "cli/show/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tally::cli {
namespace {

constexpr std::array<const char*, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> ascii = {"_", ".", "-", "~", "=", "+", "*", "#"};

/// 0 to 1; a value that never changed stands in the middle.
double height(double value, Span span) {
  return span.high > span.low ? std::clamp((value - span.low) / (span.high - span.low), 0.0, 1.0) : 0.5;
}

std::string character(const std::vector<Interval>& intervals, Span span, double from, double to, bool has_unicode) {
  double known = 0;
  double sum = 0;
  bool is_unknown = false;
  for (const Interval& interval : intervals) {
    const double overlap =
        std::min(to, static_cast<double>(interval.to_ms)) - std::max(from, static_cast<double>(interval.from_ms));
    if (overlap <= 0) continue;
    if (!interval.value) {
      is_unknown = true;
      continue;
    }
    known += overlap;
    sum += overlap * *interval.value;
  }
  if (known == 0) return is_unknown ? "?" : " ";
  const auto& levels = has_unicode ? blocks : ascii;
  constexpr double highest = blocks.size() - 1;
  return levels.at(static_cast<std::size_t>(std::lround(height(sum / known, span) * highest)));
}

}  // namespace

std::optional<Span> span_of(const std::vector<Interval>& intervals) {
  std::optional<Span> span;
  for (const Interval& interval : intervals) {
    if (!interval.value) continue;
    if (!span) span = Span{*interval.value, *interval.value};
    span->low = std::min(span->low, *interval.value);
    span->high = std::max(span->high, *interval.value);
  }
  return span;
}

std::string sparkline(const std::vector<Interval>& intervals, Span span, std::int64_t from_ms, std::int64_t to_ms,
                      std::size_t width, bool has_unicode) {
  std::string line;
  const double step = static_cast<double>(to_ms - from_ms) / static_cast<double>(width);
  for (std::size_t i = 0; i < width; ++i) {
    const double from = static_cast<double>(from_ms) + step * static_cast<double>(i);
    line += character(intervals, span, from, from + step, has_unicode);
  }
  return line;
}

}  // namespace tally::cli
