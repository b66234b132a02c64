// The manual page, section 1. Pure.
#pragma once

#include <string>

#include "cli/describe/description.hpp"

namespace tally::cli {

/// roff with the man macros.
std::string manual_page(const CommandDescription& program, const std::string& version);

}  // namespace tally::cli
