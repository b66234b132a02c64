#include "runtime/random_id.hpp"

#include <fmt/format.h>

#include <random>

namespace tally {

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace tally
