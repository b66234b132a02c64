// Lets the key of who ordered a machine in: a script for root. Pure.
#pragma once

#include <string>

#include "cloud/result.hpp"

namespace tally::nebius {

/// The user of the vendor's images.
inline constexpr const char* ssh_user = "ubuntu";

/// A POSIX shell script, ASCII, that ends in a line feed, and changes nothing when it runs again. The key loses its
/// comment. Refused (invalid_request, `public_key`): what is no "type base64".
Result<std::string> key_script(const std::string& public_key);

}  // namespace tally::nebius
