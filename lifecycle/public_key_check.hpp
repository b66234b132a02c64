// A public key as users give it: one line of OpenSSH. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lifecycle/refusal.hpp"

namespace tally::lifecycle {

/// In canonical form: a known type, a complete blob of that type, maybe a comment; single blanks between.
Checked<std::string> checked_public_key(std::string_view line);

}  // namespace tally::lifecycle
