#include "net/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace tally {
namespace {

constexpr std::chrono::hours longest{1};

std::optional<Timestamp> parse_http_date(std::string_view value) {
  // IMF-fixdate, then the two older forms that a recipient must understand.
  constexpr std::array formats = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"};
  for (const char* format : formats) {
    std::tm parts{};
    std::istringstream in{std::string(value)};
    in.imbue(std::locale::classic());
    in >> std::get_time(&parts, format);
    if (in.fail()) continue;
    return Timestamp(std::chrono::seconds(timegm(&parts)));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  std::chrono::milliseconds wait{0};
  if (failure == std::errc() && end == value.data() + value.size()) {
    wait = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, std::chrono::seconds(longest).count()));
  } else if (failure == std::errc::result_out_of_range && end == value.data() + value.size()) {
    wait = longest;
  } else if (const auto date = parse_http_date(value)) {
    wait = *date - now;
  } else {
    return std::nullopt;
  }
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), longest);
}

}  // namespace tally
