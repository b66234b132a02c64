// Where to look: everywhere (what a global API is asked), or in one location.
#pragma once

#include <string>

namespace tally {

struct Scope {
  std::string location;  // "" means everywhere
};

}  // namespace tally
