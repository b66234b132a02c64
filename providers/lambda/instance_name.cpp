#include "providers/lambda/instance_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/ascii.hpp"

namespace tally::lambda {
namespace {

// `0` stands for a digit.
constexpr std::string_view utc_form = "0000-00-00-00-00-00Z-00";
constexpr std::string_view east_form = "0000-00-00-00-00-00+00-00";
constexpr std::string_view west_form = "0000-00-00-00-00-00-00-00";

bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char wanted) { return wanted == '0' ? ascii::is_digit(c) : c == wanted; });
}

int number(std::string_view text, std::size_t at, std::size_t size) {
  int value = 0;
  for (const char digit : text.substr(at, size)) value = value * 10 + (digit - '0');
  return value;
}

std::optional<Timestamp> parse_time(std::string_view text) {
  const bool is_utc = has_form(text, utc_form);
  const bool is_west = has_form(text, west_form);
  if (!is_utc && !is_west && !has_form(text, east_form)) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(number(text, 0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(text, 5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(text, 8, 2)))};
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto size = std::chrono::hours(is_utc ? 0 : number(text, text.size() - 5, 2)) +
                    std::chrono::minutes(number(text, text.size() - 2, 2));
  const auto offset = is_west ? -size : size;
  return Timestamp(std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                   std::chrono::seconds(second) - offset);
}

}  // namespace

std::string instance_name(const InstanceName& name) {
  const auto day = std::chrono::floor<std::chrono::days>(name.created_at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(name.created_at - day));
  return fmt::format("{}--{:04}-{:02}-{:02}-{:02}-{:02}-{:02}Z-00", name.credential.str(), int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::optional<InstanceName> parse_instance_name(std::string_view name) {
  for (auto at = name.rfind("--"); at != std::string_view::npos && at > 0; at = name.rfind("--", at - 1)) {
    if (const auto time = parse_time(name.substr(at + 2)))
      return InstanceName{CredentialRef(name.substr(0, at)), *time};
  }
  return std::nullopt;
}

}  // namespace tally::lambda
