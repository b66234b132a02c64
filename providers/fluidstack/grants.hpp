// What a region lets a key do, as the vendor says. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::fluidstack {

struct Grants {
  bool creates = false;
  bool terminates = false;
  bool stops_starts = false;

  bool operator==(const Grants&) const = default;
};

/// GET /capabilities, a list of words such as "instances:create"; those that nobody knows are ignored. Nothing: it does
/// not speak of instances, so that nothing is known.
Result<std::optional<Grants>> read_grants(std::string_view body, WorkLimit limit);

}  // namespace tally::fluidstack
