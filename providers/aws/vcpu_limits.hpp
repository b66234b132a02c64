// How many vCPUs an account may have running at once, by kinds of families (Service Quotas). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance_type.hpp"
#include "cloud/result.hpp"

namespace tally::aws {

/// The limit that holds for a type; "": none that is known.
std::string_view limit_code_of(std::string_view type, UsageClass usage);

/// All that there are of types with GPUs.
const std::vector<std::string_view>& limit_codes();

std::string limit_body(std::string_view code);

/// What the account is granted, without a maximum where that is no whole number; how much of it is in use is not told.
Result<Quota> read_limit(std::string_view body, std::string_view code);

using VcpuLimits = std::map<std::string, Quota, std::less<>>;  // by code; what could not be asked for is not there

}  // namespace tally::aws
