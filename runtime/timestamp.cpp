#include "runtime/timestamp.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "runtime/ascii.hpp"

namespace tally {

std::string to_iso8601(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  constexpr std::size_t longest = 40;
  constexpr std::size_t date_size = 10;
  if (text.size() <= date_size || text.size() > longest) return std::nullopt;
  std::string copy(text);
  const char separator = copy[date_size];
  if (separator != 'T' && separator != 't' && separator != ' ') return std::nullopt;
  copy[date_size] = 'T';
  std::tm local{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &local);
  if (rest == nullptr) return std::nullopt;
  int milliseconds = 0;
  if (*rest == '.') {
    int scale = 100;
    for (++rest; ascii::is_digit(*rest); ++rest, scale /= 10) {
      milliseconds += (*rest - '0') * scale;
    }
  }
  std::tm zone{};
  const char* end = *rest == 'z' ? rest + 1 : strptime(rest, "%z", &zone);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::time_t seconds = timegm(&local) - zone.tm_gmtoff;
  constexpr std::time_t year_10000 = 253'402'300'800;
  if (seconds < 0 || seconds >= year_10000) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds) + std::chrono::milliseconds(milliseconds));
}

}  // namespace tally
