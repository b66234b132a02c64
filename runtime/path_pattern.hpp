// Paths with names in them: "/instances/{id}/tags". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// What stands for the parts in braces, in order; nothing when the path, whose segments are given, is not of that
/// pattern.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, const std::vector<std::string>& path);

}  // namespace tally
