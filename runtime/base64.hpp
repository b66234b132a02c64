// Base64 as RFC 4648 section 4 has it: with padding, without line breaks. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

std::string to_base64(std::string_view bytes);

/// The bytes of a text that to_base64() may have made; nothing for any other: white space, wrong padding and bits that
/// are left over included.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace tally
