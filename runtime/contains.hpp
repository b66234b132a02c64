// Whether a list holds a value: std::ranges::contains of C++23.
#pragma once

#include <algorithm>
#include <iterator>

namespace tally {

template <class List, class Value>
constexpr bool contains(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

}  // namespace tally
