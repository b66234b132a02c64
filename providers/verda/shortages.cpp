#include "providers/verda/shortages.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"
#include "runtime/number.hpp"

namespace tally::verda {
namespace {

constexpr std::size_t most_quotas = 10;  // in one header; more are ignored
constexpr int reserve = 5;               // one of so many is for lifecycle calls

using Parameters = std::map<std::string_view, std::int64_t>;

/// The text before the separator, which is taken away with it.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return ascii::trimmed(part, " \t");
}

/// By the name of each quota: `"name";key=number;…`.
std::map<std::string_view, Parameters> read_quotas(const Response& answer, std::string_view header) {
  std::map<std::string_view, Parameters> quotas;
  for (std::string_view value : answer.headers.all(header)) {
    while (!value.empty() && quotas.size() < most_quotas) {
      std::string_view item = take_part(value, ',');
      Parameters& parameters = quotas[take_part(item, ';')];
      while (!item.empty()) {
        std::string_view text = take_part(item, ';');
        const std::string_view key = take_part(text, '=');
        if (const auto number = parse_number<std::int64_t>(text)) parameters[key] = *number;
      }
    }
  }
  return quotas;
}

std::optional<std::int64_t> find(const Parameters& parameters, std::string_view key) {
  const auto at = parameters.find(key);
  return at == parameters.end() || at->second < 0 ? std::nullopt : std::optional(at->second);
}

}  // namespace

std::vector<Shortage> read_shortages(const Response& answer) {
  const auto policies = read_quotas(answer, "RateLimit-Policy");
  std::vector<Shortage> shortages;
  for (const auto& [name, quota] : read_quotas(answer, "RateLimit")) {
    const auto left = find(quota, "r");
    const auto whole_again = find(quota, "t");
    const auto policy = policies.find(name);
    const auto most = policy == policies.end() ? std::nullopt : find(policy->second, "q");
    if (!left || !whole_again || *left > most.value_or(0) / reserve) continue;
    const std::int64_t longest = std::chrono::seconds(limits::retry_after).count();
    Shortage shortage;
    shortage.lasts = std::chrono::seconds(std::min(*whole_again, longest));
    shortage.is_of_path = name == "\"endpoint\"";
    shortage.is_all_used = *left == 0;
    shortages.push_back(shortage);
  }
  return shortages;
}

}  // namespace tally::verda
