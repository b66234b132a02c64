// Which instances are meant: those with this tag.
#pragma once

#include <string>

namespace tally {

struct TagSelector {
  std::string key;
  std::string value;

  bool operator==(const TagSelector&) const = default;
};

}  // namespace tally
