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

/// What leads from one page of that list to the next. Error (service_unavailable): `next` has no number of a page.
std::function<Result<std::optional<std::string>>(const std::string& page)> page_after(std::string path);

}  // namespace tally::launchpad
