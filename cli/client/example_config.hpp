// config/example.toml, which stands in the program.
#pragma once

#include <string_view>

namespace tally::cli {

extern const std::string_view example_config;

}  // namespace tally::cli
