#include "providers/lambda/instance_name.hpp"

#include <regex>

namespace tally::lambda {
namespace {

std::optional<Timestamp> parse_time(const std::string& text) {
  static const std::regex pattern(R"((\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)(?:Z|([+-]\d\d))-(\d\d))");
  std::smatch part;
  if (!std::regex_match(text, part, pattern)) return std::nullopt;
  const auto number = [&part](std::size_t group) { return part[group].matched ? std::stoi(part[group].str()) : 0; };
  const std::chrono::year_month_day day{std::chrono::year(number(1)),
                                        std::chrono::month(static_cast<unsigned>(number(2))),
                                        std::chrono::day(static_cast<unsigned>(number(3)))};
  if (!day.ok() || number(4) > 23 || number(5) > 59 || number(6) > 60) return std::nullopt;
  const bool is_west = part[7].matched && part[7].str().front() == '-';
  const auto minutes = std::chrono::minutes(is_west ? -number(8) : number(8));
  const auto offset = std::chrono::hours(number(7)) + minutes;
  return Timestamp(std::chrono::sys_days(day) + std::chrono::hours(number(4)) + std::chrono::minutes(number(5)) +
                   std::chrono::seconds(number(6)) - offset);
}

}  // namespace

std::optional<InstanceName> parse_instance_name(std::string_view name) {
  for (auto at = name.rfind("--"); at != std::string_view::npos && at > 0; at = name.rfind("--", at - 1)) {
    if (const auto time = parse_time(std::string(name.substr(at + 2)))) {
      return InstanceName{CredentialRef(name.substr(0, at)), *time};
    }
  }
  return std::nullopt;
}

}  // namespace tally::lambda
