// The filters of a resource as options of a command: `min_vram` is --min-vram.
#pragma once

#include <memory>
#include <string_view>

#include "store/resources.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

/// Adds the resource's filters but one. What is given on the command line is in the conditions when the command runs.
std::shared_ptr<Where> add_filters(CLI::App& command, std::string_view resource, std::string_view without = "");

}  // namespace tally::cli
