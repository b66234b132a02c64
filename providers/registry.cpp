#include "providers/registry.hpp"

#include <algorithm>

namespace tally {

const Provider* find_provider(std::string_view name) {
  for (const Provider* provider : providers()) {
    const ProviderDescription& description = provider->description;
    const auto& aliases = description.aliases;
    if (name == description.name || name == description.provider_id ||
        std::find(aliases.begin(), aliases.end(), name) != aliases.end()) {
      return provider;
    }
  }
  return nullptr;
}

}  // namespace tally
