// Lets a key in where the vendor installs none: a script for root. Pure.
#pragma once

#include <string>

#include "cloud/result.hpp"

namespace tally {

/// A POSIX shell script, ASCII, that ends in a line feed, and changes nothing when it runs again. The key loses its
/// comment. Refused (invalid_request, `public_key`): what is no "type base64"; `ssh_user`: what is no user's name.
Result<std::string> key_script(const std::string& public_key, const std::string& user);

}  // namespace tally
