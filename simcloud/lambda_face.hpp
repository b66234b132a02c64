// The world as Lambda's Cloud API shows it (its wire shapes, version 1.10.0). Pure.
#pragma once

#include <string>
#include <string_view>

#include "simcloud/faults.hpp"
#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud {

constexpr std::string_view lambda_base = "/api/v1";

/// The reply to a request below lambda_base. Row faults (malformed_row, duplicate_row, huge_number, empty_list,
/// null_data) are applied to lists.
Reply lambda_reply(const World& world, const std::string& api_key, const Asked& asked,
                   const std::vector<Fault>& faults);

}  // namespace tally::simcloud
