// A value over time as one line of blocks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::cli {

struct Interval {
  std::int64_t from_ms = 0;  // [from_ms, to_ms)
  std::int64_t to_ms = 0;
  std::optional<double> value;  // nothing: it was not known
};

struct Span {
  double low = 0;
  double high = 0;
};

/// The least and greatest known value; nothing when none is known.
std::optional<Span> span_of(const std::vector<Interval>& intervals);

/// `width` characters for the time [from_ms, to_ms): the height is the mean in that time, '?' stands for not known, a
/// blank for no interval. Blocks, or ASCII.
std::string sparkline(const std::vector<Interval>& intervals, Span span, std::int64_t from_ms, std::int64_t to_ms,
                      std::size_t width, bool has_unicode);

}  // namespace tally::cli
