#include "cli/show/history_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/show/format.hpp"
#include "cli/show/sparkline.hpp"
#include "runtime/timestamp.hpp"

namespace tally::cli {
namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t least_width = 20;
constexpr std::size_t margin = 2;

const SqlValue& cell(const Reader::Rows& rows, const std::vector<SqlValue>& row, const std::string& column) {
  const auto at = std::find(rows.columns.begin(), rows.columns.end(), column);
  return row.at(static_cast<std::size_t>(at - rows.columns.begin()));
}

std::optional<double> number(const SqlValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

struct Curve {
  std::vector<Interval> intervals;
  std::string currency;  // of prices
};

/// By usage class; under "" the availability.
std::map<std::string, Curve> curves_of(const Reader::Rows& rows, std::int64_t from_ms, std::int64_t now_ms) {
  std::map<std::string, Curve> curves;
  for (const auto& row : rows.rows) {
    const bool is_price = cell(rows, row, "history") == SqlValue("price");
    Curve& curve = curves[is_price ? plain(cell(rows, row, "usage_class")) : ""];
    // A value that lasts is known until it was confirmed last.
    const auto to = number(cell(rows, row, "to_ms"));
    const auto end = to ? to : number(cell(rows, row, "confirmed_ms"));
    const auto from = number(cell(rows, row, "from_ms"));
    curve.intervals.push_back({std::max(from_ms, static_cast<std::int64_t>(from.value_or(0))),
                               std::min(now_ms, static_cast<std::int64_t>(end.value_or(0))),
                               number(cell(rows, row, is_price ? "price_per_hour" : "is_available"))});
    if (is_price && curve.currency.empty()) {
      if (const auto* currency = std::get_if<std::string>(&cell(rows, row, "currency")))
        curve.currency = plain(*currency);
    }
  }
  return curves;
}

std::string price_caption(const std::string& usage_class, const Curve& curve) {
  const auto span = span_of(curve.intervals);
  if (!span) return usage_class + ": price not known";
  const std::string unit = curve.currency + " per hour";
  if (span->low == span->high) return fmt::format("{}: {:.4g} {}", usage_class, span->low, unit);
  return fmt::format("{}: {:.4g} to {:.4g} {}", usage_class, span->low, span->high, unit);
}

std::string availability_caption(const Curve& curve) {
  double known = 0;
  double available = 0;
  for (const Interval& interval : curve.intervals) {
    const auto length = static_cast<double>(std::max<std::int64_t>(0, interval.to_ms - interval.from_ms));
    if (!interval.value) continue;
    known += length;
    available += *interval.value * length;
  }
  if (known == 0) return "available: not known";
  return fmt::format("available: {:.0f} % of the time that is known", 100 * available / known);
}

std::string minute_of(std::int64_t ms) {
  std::string text = to_iso8601(Timestamp(std::chrono::milliseconds(ms))).substr(0, 16);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

}  // namespace

std::string history_picture(const Reader::Rows& rows, std::int64_t from_ms, std::int64_t to_ms,
                            const TableStyle& style) {
  const std::size_t terminal = style.width == 0 ? usual_width : style.width;
  const std::size_t width = std::max(least_width, terminal - std::min(terminal, margin));
  std::map<std::string, Curve> curves = curves_of(rows, from_ms, to_ms);
  // What is longer ago than the first interval would only be blank.
  std::int64_t first_ms = to_ms;
  for (const auto& [name, curve] : curves) {
    for (const Interval& interval : curve.intervals) first_ms = std::min(first_ms, interval.from_ms);
  }
  const std::string indent(margin, ' ');
  const auto draw = [&](const Curve& curve, Span span) {
    return indent + sparkline(curve.intervals, span, first_ms, to_ms, width - margin, style.has_unicode) + "\n";
  };
  std::string text;
  for (const auto& [usage_class, curve] : curves) {
    if (usage_class.empty()) continue;
    text += price_caption(usage_class, curve) + "\n" + draw(curve, span_of(curve.intervals).value_or(Span{}));
  }
  if (const auto at = curves.find(""); at != curves.end()) {
    text += availability_caption(at->second) + "\n" + draw(at->second, {0, 1});
  }
  const std::string start = minute_of(first_ms);
  const std::string end = "now";
  const std::size_t used = margin + start.size() + end.size();
  return text + indent + start + std::string(width > used ? width - used : 1, ' ') + end + "\n";
}

}  // namespace tally::cli
