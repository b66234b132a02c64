// FluidStack's regions, each of which has an API of its own, and what may be sent there. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/location.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/row_list.hpp"

namespace tally::fluidstack {

/// The location of what only the Management API lists: machines of other projects, and of regions that nobody asks.
inline constexpr std::string_view management = "management";

/// GET /regions of the Management API, a bare list. A region is rejected whose URL is none of the vendor's: the
/// credential's key would be sent there.
RowForm<Location> region_form(const std::string& management_url);

/// The regions that a configuration names.
Answer<Location> configured_regions(const Settings& settings);

/// Regions as text that is remembered over a restart: a list that can be read like the Management API's.
std::string to_cache(const Answer<Location>& regions);

/// The location `management`, which sells nothing.
Row<Location> management_location(const Settings& settings);

/// Whether a key that the Management API there may see may be sent to that region's API: on the same host, or beside it
/// in its domain; on this machine when both are.
bool is_beside(const std::string& region_url, const std::string& management_url);

}  // namespace tally::fluidstack
