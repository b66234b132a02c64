// FluidStack's replies as rows of the model: pure functions of the reply. Source: Infrastructure API v1alpha1 (its
// lists are bare) and Management API v1alpha1; unknown fields, absent optional fields and nulls are accepted
// everywhere.
#pragma once

#include <string>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/our_tags.hpp"
#include "providers/rest/row_list.hpp"

namespace tally::fluidstack {

inline constexpr OurTags our_tags{"refID", "cloudCredRefID"};

/// "us-east-1-noSub-h100-hgx-80gb.8x".
InstanceTypeId type_id(const std::string& region, const std::string& type);

/// GET /instance-types of a region. What is available is not said there.
RowForm<InstanceType> type_form(const std::string& region, const Settings& settings);

/// What is the same of a machine in all lists; it is nowhere yet.
Instance read_machine(const json::Fields& fields, LoopbackIs loopback, const Settings& settings);

/// GET /instances of a region.
InstanceMapping instance_mapping(const std::string& region, const Settings& settings);

}  // namespace tally::fluidstack
