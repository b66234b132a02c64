// The SSH keys of a Shadeform account: which of them is a user's, and what a new one may be called. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/result.hpp"

namespace tally::shadeform {

struct SshKey {
  std::string id;
  std::string name;
  std::string public_key;
};

/// GET /sshkeys. A row that cannot be read is none: at worst a key is added that was there.
Result<std::vector<SshKey>> read_keys(std::string_view body);

/// Whether two lines of OpenSSH are one key, whatever its comment.
bool is_same_key(std::string_view one, std::string_view other);

/// The first of name, name-2, name-3, … that none has.
std::string free_key_name(const std::vector<SshKey>& keys, const std::string& name);

}  // namespace tally::shadeform
