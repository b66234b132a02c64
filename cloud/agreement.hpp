// Whether a machine is the one that was ordered. Pure.
#pragma once

#include <string_view>

#include "cloud/instance.hpp"

namespace tally {

/// In type and location; what the vendor does not say yet, since the machine waits for its place, does not differ.
bool agrees_with_order(const Instance& machine, std::string_view type, std::string_view location);

}  // namespace tally
