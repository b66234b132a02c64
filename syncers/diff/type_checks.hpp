// What makes a vendor's row unbelievable. Pure.
#pragma once

#include <optional>
#include <string>

#include "cloud/answer.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/redactor.hpp"

namespace tally {

struct TypeFault {
  std::string kind;  // an event kind: "id_changed", "az_mismatch", "row_rejected"
  std::string detail;
};

/// The first rule that the row breaks: an ID that holds a secret, one that changed its meaning (`known` is what it
/// meant, nullptr when new), a sub-location that is not the first available zone, numbers that cannot be. Nothing when
/// the row is good.
std::optional<TypeFault> find_fault(const InstanceType& row, const InstanceType* known, const Redactor& redactor);

/// Nobody can mean such a price per hour: zero where nothing is free, negative, or absurdly high.
bool is_believable(const Money& price, bool sells_for_free);

/// The row itself, or a copy without the prices that nobody can mean: zero where nothing is free, or absurdly high.
Row<InstanceType> with_believable_prices(const Row<InstanceType>& row, bool sells_for_free);

/// In which fields two rows of one ID differ, for a person.
std::string describe_duplicate(const InstanceType& first, const InstanceType& second);

}  // namespace tally
