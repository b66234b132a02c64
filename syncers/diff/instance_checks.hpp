// What is taken of a vendor's row of an instance. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"

namespace tally {

struct InstanceReading {
  Row<Instance> row;              // the vendor's, or a copy without what nobody can mean and without secrets
  bool is_price_suspect = false;  // it states a price, but none that can be believed
  std::vector<std::string> odd;   // columns whose values cannot be, and are not known therefore
};

/// Nothing when what identifies the row holds a secret: such a row is not accepted.
std::optional<InstanceReading> read_instance(const Row<Instance>& row, bool sells_for_free, const Redactor& redactor);

}  // namespace tally
