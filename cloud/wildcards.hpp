// Patterns with `*` for any text and `?` for any character (byte). Pure.
#pragma once

#include <string_view>

namespace tally {

/// All of the text must fit. Time: at most the text's length times the pattern's.
bool fits_wildcards(std::string_view pattern, std::string_view text);

}  // namespace tally
