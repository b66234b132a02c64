// What standard output can show.
#pragma once

#include <string_view>

#include "cli/show/table.hpp"

namespace tally::cli {

/// The terminal's width, colours unless NO_COLOR is set; neither when it is no terminal.
TableStyle standard_output_style();

/// Whether a locale's name, such as "de_DE.UTF-8", says that text is UTF-8. Pure.
bool is_utf8_locale(std::string_view name);

}  // namespace tally::cli
