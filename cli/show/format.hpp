// Values as a person reads them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "store/reader.hpp"

namespace tally::cli {

/// The value's text; "-" for NULL. What could drive a terminal becomes spaces.
std::string plain(const SqlValue& value);

/// Terminal columns that a UTF-8 text takes.
std::size_t width_of(std::string_view text);

/// At most `width` columns of the text, the last one an ellipsis ("~" without Unicode) when something was cut.
std::string fit(std::string_view text, std::size_t width, bool has_unicode = true);

}  // namespace tally::cli
