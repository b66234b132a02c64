#include "net/headers.hpp"

#include <algorithm>

namespace tally {

bool is_same_header(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const auto at = std::find_if(fields_.begin(), fields_.end(),
                               [name](const auto& field) { return is_same_header(field.first, name); });
  if (at == fields_.end()) return std::nullopt;
  return at->second;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : fields_) {
    if (is_same_header(field, name)) values.emplace_back(value);
  }
  return values;
}

}  // namespace tally
