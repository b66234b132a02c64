#include "providers/descriptions.hpp"

namespace tally {

const ProviderDescription* find_description(std::string_view name) {
  for (const ProviderDescription* description : provider_descriptions()) {
    if (description->goes_by(name)) return description;
  }
  return nullptr;
}

}  // namespace tally
