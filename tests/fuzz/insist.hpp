// What must hold in a fuzz target, whatever its input is: else its process ends, which the fuzzer notes.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tally::fakes {

inline void insist(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace tally::fakes
