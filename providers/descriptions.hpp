// What is true of all providers before any credential is opened, for whoever opens none. No code of a provider is
// needed for it: its abilities are computed from the head of its account's class.
#pragma once

#include <string_view>
#include <vector>

#include "cloud/provider.hpp"

namespace tally {

/// In the order of providers/CMakeLists.txt.
const std::vector<const ProviderDescription*>& provider_descriptions();

/// By name, vendor's own ID or alias; nullptr when there is none.
const ProviderDescription* find_description(std::string_view name);

}  // namespace tally
