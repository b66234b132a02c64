// Which instances a caller asks for. Pure; applied to what an account listed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/instance.hpp"

namespace tally {

struct InstanceQuery {
  std::optional<std::vector<std::string>> locations;     // see asks_for_location
  std::vector<CloudId> ids;                              // empty: every instance
  std::map<std::string, std::vector<std::string>> tags;  // key to the values that it may have; none: any value
};

/// Location and ID are asked for, and each tag that is asked for is there with one of its values.
bool matches(const InstanceQuery& query, const Instance& instance);

}  // namespace tally
