#include "cloud/type_query.hpp"

#include <algorithm>

#include "runtime/contains.hpp"

namespace tally {

bool asks_for_location(const std::optional<std::vector<std::string>>& asked, const std::string& location) {
  return !asked || contains(*asked, location) || contains(*asked, "all") || contains(*asked, "*");
}

bool Selection::allows(const std::string& value) const {
  if (contains(exclude, value)) return false;
  return !include || contains(*include, value);
}

bool matches(const TypeQuery& query, const InstanceType& type) {
  if (!asks_for_location(query.locations, type.location)) return false;
  if (!query.types.empty() && !contains(query.types, type.type)) return false;
  if (!query.clouds.allows(type.cloud)) return false;
  const auto has_allowed_maker = [&](const Gpu& gpu) { return query.gpu_manufacturers.allows(gpu.manufacturer); };
  const auto is_allowed = [&](const std::string& architecture) { return query.architectures.allows(architecture); };
  return std::all_of(type.gpus.begin(), type.gpus.end(), has_allowed_maker) &&
         std::all_of(type.architectures.begin(), type.architectures.end(), is_allowed);
}

bool matches(const Location& location, bool include_unavailable) {
  return include_unavailable || location.is_available;
}

}  // namespace tally
