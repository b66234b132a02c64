// What can be said of a create before anybody is asked: from the request, what the account can do, and what is known of
// its types, places and holds. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/capabilities.hpp"
#include "lifecycle/holds.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"
#include "tally/known.hpp"

namespace tally::lifecycle {

/// Of the credential that a request names.
struct AccountFacts {
  Capabilities capabilities;  // of the account, before read_only
  CreateTraits create;
  const KnownTypes* types = nullptr;
  const KnownLocations* locations = nullptr;
  const Holds* holds = nullptr;
  Timestamp now{};
};

/// A create that may be journaled.
struct CheckedCreate {
  Create create;                   // in canonical form
  std::vector<std::string> zones;  // sub-locations to be tried, in this order; one "": the vendor's choice
  std::optional<Money> price;      // per hour, the dearest of them; nothing when one of them is not known
  std::string digest;
};

/// The request with every field in its canonical form; equal ones have one digest.
Checked<Create> canonical_create(const Create& create);

Checked<CheckedCreate> check_create(const Create& create, const AccountFacts& facts);

}  // namespace tally::lifecycle
