#include "cloud/wildcards.hpp"

namespace tally {

bool fits_wildcards(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  // Of several `*` only the last has to be tried again.
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

}  // namespace tally
