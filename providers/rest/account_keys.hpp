// The SSH keys that an account keeps at its vendor: which of them is a user's, and what a new one may be called. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/result.hpp"

namespace tally {

struct AccountKey {
  std::string id;
  std::string name;
  std::string public_key;
};

/// `{"<field>": [{"id", "name", "public_key"}, …]}`. A row that cannot be read is none: at worst a key is added that
/// was there.
Result<std::vector<AccountKey>> read_account_keys(std::string_view body, std::string_view field);

/// "type base64" of the line "type base64 comment".
std::string_view without_comment(std::string_view line);

/// Whether two lines of OpenSSH are one key, whatever its comment.
bool is_same_key(std::string_view one, std::string_view other);

/// nullptr: none has the name.
const AccountKey* find_key(const std::vector<AccountKey>& keys, std::string_view name);

/// The first of name, name-2, name-3, … that none has.
std::string free_key_name(const std::vector<AccountKey>& keys, const std::string& name);

}  // namespace tally
