#include "net/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_value = 200;
constexpr double first_unix_s = 1e9;    // 2001: no wait in seconds is as long
constexpr double first_unix_ms = 1e12;  // 2001, in milliseconds
constexpr std::string_view around = " \t\"";

/// "120", "1.5", "+3", "-1"; also "120s".
std::optional<double> parse_seconds(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.ends_with('s')) text.remove_suffix(1);
  const bool is_plain =
      !text.empty() && text.find_first_not_of("0123456789.", text.starts_with('-') ? 1 : 0) == text.npos;
  double seconds = 0;
  const auto [end, failure] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (!is_plain || failure == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
  return failure == std::errc::result_out_of_range ? first_unix_s - 1 : seconds;
}

milliseconds bounded(double seconds) {
  constexpr double longest = std::chrono::duration<double>(limits::retry_after).count();
  return milliseconds(std::llround(std::ceil(std::clamp(seconds, 0.0, longest) * 1000)));
}

std::optional<milliseconds> parse_one(std::string_view value, Timestamp now) {
  const double now_s = std::chrono::duration<double>(now.time_since_epoch()).count();
  if (const auto number = parse_seconds(value)) {
    if (*number >= first_unix_ms) return bounded(*number / 1000 - now_s);
    return bounded(*number >= first_unix_s ? *number - now_s : *number);
  }
  auto date = parse_http_date(value);
  if (!date) date = parse_rfc3339(value);
  if (!date) return std::nullopt;
  return bounded(std::chrono::duration<double>(*date - now).count());
}

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
  // IMF-fixdate, then the two older forms that a recipient must understand.
  constexpr std::array formats = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"};
  if (text.size() > longest_value) return std::nullopt;
  for (const char* format : formats) {
    std::tm parts{};
    std::istringstream in{std::string(text)};
    in.imbue(std::locale::classic());
    in >> std::get_time(&parts, format);
    if (in.fail()) continue;
    return Timestamp(std::chrono::seconds(timegm(&parts)));
  }
  return std::nullopt;
}

std::optional<milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
  value = ascii::trimmed(value, around);
  if (value.empty() || value.size() > longest_value) return std::nullopt;
  if (const auto wait = parse_one(value, now)) return wait;
  std::optional<milliseconds> longest;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const auto wait = parse_one(ascii::trimmed(value.substr(0, comma), around), now);
    if (!wait) return std::nullopt;
    longest = std::max(longest, wait);
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return longest;
}

}  // namespace tally
