// Which machine is meant, and where it is. Where a vendor is asked region by region, an ID alone says nothing: its
// "not found" in the wrong region would be taken for a death.
#pragma once

#include <string>
#include <utility>

#include "cloud/ids.hpp"

namespace tally {

struct InstanceRef {
  CloudId cloud_id;
  std::string location;  // a global API does not need it: "" there when it is not known

  InstanceRef() = default;
  InstanceRef(CloudId id, std::string where) : cloud_id(std::move(id)), location(std::move(where)) {}
  bool operator==(const InstanceRef&) const = default;
};

}  // namespace tally
