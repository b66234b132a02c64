// Launchpad's lists go on by pages, each of which has the URL of the next one; only its number is taken from there, so
// that no page leads a token elsewhere. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/result.hpp"

namespace tally::launchpad {

/// Where the list at a path with parameters ("/v1/a/?b=c") begins.
std::string first_page(const std::string& path);

/// What leads from one page of that list to the next, for one walk through them. Error (service_unavailable): `next`
/// has no number of a page, or the last page comes before as many rows as it counts.
std::function<Result<std::optional<std::string>>(const std::string& page)> page_after(std::string path);

}  // namespace tally::launchpad
