// Text as the catalog may hold it: UTF-8 without zero bytes, for anything else breaks the programs that read it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/text.hpp"

namespace tally {

inline bool is_storable(std::string_view text) { return text.find('\0') == std::string_view::npos && is_utf8(text); }

/// The text itself, or what is printable of it.
inline std::string storable(std::string_view text) {
  return is_storable(text) ? std::string(text) : printable(text, text.size(), Lines::many);
}

}  // namespace tally
