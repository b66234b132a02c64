// What can be done at which provider, as the table of docs/providers.md. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/provider.hpp"

namespace tally::cli {

/// Markdown: a line for each capability, a column for each provider.
std::string support_table(const std::vector<const ProviderDescription*>& providers);

}  // namespace tally::cli
