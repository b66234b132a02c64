// Values as a person reads them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/reader.hpp"

namespace tally::cli {

/// The value's text; "-" for NULL. Control characters, which could drive a terminal, become spaces.
std::string plain(const SqlValue& value);

/// Terminal columns that a UTF-8 text takes.
std::size_t width_of(std::string_view text);

/// At most `width` columns of the text, the last one an ellipsis when something was cut.
std::string fit(std::string_view text, std::size_t width);

}  // namespace tally::cli
