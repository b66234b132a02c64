#include "cloud/instance_query.hpp"

#include <algorithm>

#include "cloud/type_query.hpp"
#include "runtime/contains.hpp"

namespace tally {

bool matches(const InstanceQuery& query, const Instance& instance) {
  if (!asks_for_location(query.locations, instance.location)) return false;
  const auto is_one_of = [](const auto& list, const auto& value) { return list.empty() || contains(list, value); };
  return is_one_of(query.ids, instance.cloud_id) &&
         std::all_of(query.tags.begin(), query.tags.end(), [&](const auto& wanted) {
           const auto tag = instance.tags.find(wanted.first);
           return tag != instance.tags.end() && is_one_of(wanted.second, tag->second);
         });
}

}  // namespace tally
