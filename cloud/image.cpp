#include "cloud/image.hpp"

#include <algorithm>
#include <string_view>

namespace tally {
namespace {

/// Linear in the text for each `*`: of several, only the last has to be tried again.
bool fits_wildcards(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      after_star = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

template <class Fits>
bool has_one(const std::vector<std::string>& wanted, Fits fits) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fits);
}

}  // namespace

bool matches(const ImageQuery& query, const Image& image) {
  return has_one(query.ids, [&](const std::string& id) { return id == image.id; }) &&
         has_one(query.architectures, [&](const std::string& name) { return name == image.architecture; }) &&
         has_one(query.names, [&](const std::string& pattern) { return fits_wildcards(pattern, image.name); });
}

}  // namespace tally
