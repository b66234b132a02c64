// What is known, row by row, whichever listing owns it, and what counts as live. Pure.
#pragma once

#include "tally/known.hpp"

namespace tally::lifecycle {

template <class Known, class F>
void for_each_row(const KnownRows<Known>& rows, F&& f) {
  for (const auto& [key, listing] : rows.listings()) {
    for (const Known& known : *listing) f(known);
  }
}

template <class Known, class F>
[[nodiscard]] bool any_row(const KnownRows<Known>& rows, F&& holds) {
  for (const auto& [key, listing] : rows.listings()) {
    for (const Known& known : *listing) {
      if (holds(known)) return true;
    }
  }
  return false;
}

inline bool has_ended(const KnownInstance* known) { return known != nullptr && known->ended_at.has_value(); }

/// Known, and neither gone nor on its way there: `failed` machines still cost money.
inline bool is_live(const KnownInstance* known) {
  return known != nullptr && !known->ended_at && known->status != LifecycleStatus::terminated &&
         known->status != LifecycleStatus::terminating;
}

}  // namespace tally::lifecycle
