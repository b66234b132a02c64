// All providers that this program can open, made from the tally_provider() lines of providers/CMakeLists.txt.
#pragma once

#include <string_view>
#include <vector>

#include "providers/provider.hpp"

namespace tally {

/// In the order of the lines.
const std::vector<const Provider*>& providers();

/// By name, vendor's own ID or alias; nullptr when there is none.
const Provider* find_provider(std::string_view name);

}  // namespace tally
