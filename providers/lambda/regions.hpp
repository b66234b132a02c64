// Lambda's regions as far as they are known without asking: what the API does not say is completed from here.
#pragma once

#include <string_view>
#include <vector>

#include "cloud/location.hpp"

namespace tally::lambda {

/// The regions that old servers do not list (no GET /regions), with the vendor's descriptions.
const std::vector<Location>& static_regions();

/// ISO 3166-1 alpha-3; "" for a region that is not known.
std::string_view country_of(std::string_view region);

}  // namespace tally::lambda
