#include "runtime/path_pattern.hpp"

#include <algorithm>

namespace tally {

std::optional<std::vector<std::string>> match_path(std::string_view pattern, const std::vector<std::string>& path) {
  std::vector<std::string> names;
  std::size_t at = 0;
  for (std::size_t begin = 1; begin <= pattern.size(); ++at) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string_view part = pattern.substr(begin, end - begin);
    if (at == path.size()) return std::nullopt;
    if (part.starts_with('{')) {
      names.push_back(path[at]);
    } else if (part != path[at]) {
      return std::nullopt;
    }
    begin = end + 1;
  }
  if (at != path.size()) return std::nullopt;
  return names;
}

}  // namespace tally
