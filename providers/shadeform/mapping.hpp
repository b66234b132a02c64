// Shadeform's replies as rows of the model: pure functions of the reply. Source: Shadeform API v1, its OpenAPI
// description and guides of March 2026; unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <string>
#include <string_view>

#include "cloud/instance_type.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/regional_types.hpp"

namespace tally::shadeform {

/// "massedcompute_L40": what the service needs to find the type again.
std::string type_name(std::string_view cloud, std::string_view shade_instance_type);

/// "massedcompute_L40_desmoines-usa-1": the vendor's users know types by this.
InstanceTypeId type_id(const std::string& type, const std::string& region);

/// Who runs the machine: the cloud itself, but `excesssupply` is the broker's own stock.
std::string cloud_name(const std::string& cloud);

/// GET /instances/types: one row of ours a type and region, made of its offers there. The API has no list of regions.
/// The redactor outlives the list.
RegionalTypeList type_list(const Redactor& redactor);

/// GET /instances.
InstanceMapping instance_mapping();

/// GET /instances/{id}/info. Error when the answer is for another instance.
Result<Instance> read_instance(const std::string& body, LoopbackIs loopback, const CloudId& asked, Timestamp now);

}  // namespace tally::shadeform
