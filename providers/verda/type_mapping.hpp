// One of Verda's types as a row of the model. Pure.
#pragma once

#include <optional>
#include <string>

#include "cloud/instance_type.hpp"
#include "cloud/money.hpp"
#include "net/json_fields.hpp"

namespace tally::verda {

/// A row of GET /instance-types: all but what depends on the location.
InstanceType read_type(const json::Fields& fields);

/// "FIN-03-noSub-1GB300.32V"
InstanceTypeId id_of(const std::string& type, const std::string& location);

/// Whether it can be had at one place; nothing: not known.
struct Stock {
  std::optional<bool> on_demand;
  std::optional<bool> spot;
};

/// The same type at one place. `storage_price`: of a GB and hour.
InstanceType in_location(InstanceType type, const std::string& location, const Stock& stock,
                         const Money& storage_price);

}  // namespace tally::verda
