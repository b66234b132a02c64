#include "providers/fluidstack/read_ids.hpp"

#include <algorithm>

namespace tally::fluidstack {

ReadIds read_ids(const Answer<Instance>& answer, const ReadIds* before) {
  ReadIds ids;
  for (const Row<Instance>& row : answer.rows) ids.insert(row->cloud_id.str());
  for (const Rejected& row : answer.rejected) {
    if (before != nullptr && before->contains(row.id)) ids.insert(row.id);
  }
  return ids;
}

bool has_strangers(const Answer<Instance>& answer, const ReadIds& known) {
  return std::any_of(answer.rejected.begin(), answer.rejected.end(),
                     [&known](const Rejected& row) { return !known.contains(row.id); });
}

}  // namespace tally::fluidstack
