// The types of one region, read again and again, with what is left of each: a type of which nothing changed is the very
// same object again. One answer at a time; any thread.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "providers/fluidstack/capacity.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/row_list.hpp"

namespace tally::fluidstack {

class TypeList {
 public:
  /// The redactor outlives the list.
  TypeList(const std::string& region, const Settings& settings, const Redactor& redactor);

  /// GET /instance-types. Where the capacity is not known nobody knows what is available: the row says so.
  Result<Answer<InstanceType>> read(std::string body, const Result<Capacity>& capacity, WorkLimit limit);

 private:
  /// A type as it was last answered.
  struct Stocked {
    Row<InstanceType> type;  // holds the address that this is known by
    Row<InstanceType> stocked;
  };

  RowList<InstanceType> types_;
  std::unordered_map<const InstanceType*, Stocked> last_;
};

}  // namespace tally::fluidstack
