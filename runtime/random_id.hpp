// IDs that nobody can guess, and that are not met again after a restart.
#pragma once

#include <string>

namespace tally {

/// 128 random bits of the system as 32 hex digits. Any thread.
std::string random_id();

}  // namespace tally
