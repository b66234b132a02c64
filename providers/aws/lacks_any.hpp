// How a list of AWS's is known to be short. Pure.
#pragma once

#include <algorithm>

namespace tally::aws {

/// Whether it lacks a name that the one before it had. Maps by name.
template <class List>
bool lacks_any(const List& list, const List& before) {
  return std::any_of(before.begin(), before.end(), [&list](const auto& each) { return !list.contains(each.first); });
}

}  // namespace tally::aws
