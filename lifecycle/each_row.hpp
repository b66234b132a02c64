// All rows of a kind, whichever listing owns them.
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

}  // namespace tally::lifecycle
