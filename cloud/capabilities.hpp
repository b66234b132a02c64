// The names of what an account can do. They are computed from the abilities that its class inherits and from what its
// provider says of its create, so that the list can never drift from the code.
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "cloud/abilities.hpp"

namespace tally {

/// What no interface can say of a provider's create.
struct CreateTraits {
  bool is_idempotent = false;  // the vendor answers a repeated create of one token with the same machine
  bool takes_user_data = false;
  bool takes_image = false;  // an image can be chosen
  bool takes_tags = false;   // it keeps tags; whether they can be changed later is UpdatesTags

  bool operator==(const CreateTraits&) const = default;
};

struct Abilities {
  bool creates = false;
  bool terminates = false;
  bool stops_starts = false;
  bool reboots = false;
  bool resizes_volumes = false;
  bool updates_tags = false;
  bool changes_type = false;
  bool modifies_firewall = false;
  bool lists_images = false;
  bool quotas = false;

  bool operator==(const Abilities&) const = default;
};

/// Of an account class: the class head is the list.
template <class A>
constexpr Abilities abilities_of() {
  Abilities abilities;
  abilities.creates = std::derived_from<A, Creates>;
  abilities.terminates = std::derived_from<A, Terminates>;
  abilities.stops_starts = std::derived_from<A, StopsStarts>;
  abilities.reboots = std::derived_from<A, Reboots>;
  abilities.resizes_volumes = std::derived_from<A, ResizesVolumes>;
  abilities.updates_tags = std::derived_from<A, UpdatesTags>;
  abilities.changes_type = std::derived_from<A, ChangesType>;
  abilities.modifies_firewall = std::derived_from<A, ModifiesFirewall>;
  abilities.lists_images = std::derived_from<A, ListsImages>;
  abilities.quotas = std::derived_from<A, Quotas>;
  return abilities;
}

/// "create-instance" and the others, in the order of the table in docs/providers.md.
using Capabilities = std::vector<std::string_view>;

Capabilities capabilities_of(Abilities abilities, CreateTraits create);

template <class A>
Capabilities capabilities_of(CreateTraits create = {}) {
  return capabilities_of(abilities_of<A>(), create);
}

/// What is left of them to a credential that may only read.
Capabilities reading_only(Capabilities capabilities);

}  // namespace tally
