#include "net/headers.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"

namespace tally {

bool is_same_header(std::string_view a, std::string_view b) { return ascii::iequals(a, b); }

bool is_bearer_token(std::string_view text) {
  return !text.empty() && text.size() <= limits::bearer_token &&
         std::all_of(text.begin(), text.end(), ascii::is_visible);
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
