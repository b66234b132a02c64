// A group of users of this machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace tally {

struct UserGroup {
  gid_t id = 0;
  std::string name;  // as it was given: a name or a number
};

/// By its name in the group database, or by its number, which need not be there. Nothing when there is none; asks the
/// system's name services, which may take a while.
std::optional<UserGroup> find_group(const std::string& name);

}  // namespace tally
