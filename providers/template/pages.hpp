// The vendor's lists go on by cursors. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cloud/result.hpp"

namespace tally::template_api {

/// Where the list at that path begins, in pages as large as they may be.
std::string first_page(const std::string& path);

/// What leads from one page of that list to the next.
std::function<Result<std::optional<std::string>>(const std::string& page)> page_after(std::string path);

}  // namespace tally::template_api
