// What of a credential's field is secret by itself: a field may be a document. Pure.
#pragma once

#include <vector>

#include "cloud/secret.hpp"

namespace tally {

/// Of JSON its texts, but for its keys, web addresses and identifiers ("service_account"); of PEM what stands between
/// the armour; of anything else the whole.
std::vector<Secret> secret_values(const Secret& field);

}  // namespace tally
