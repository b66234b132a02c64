#include "providers/registry.hpp"

namespace tally {

const Provider* find_provider(std::string_view name) {
  for (const Provider* provider : providers()) {
    if (provider->description.goes_by(name)) return provider;
  }
  return nullptr;
}

}  // namespace tally
