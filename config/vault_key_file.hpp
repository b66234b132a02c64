// Where the vault's key is, and what it says. The key itself is the store's (store/vault.hpp).
#pragma once

#include <filesystem>

#include "config/private_file.hpp"

namespace tally {

/// `vault.key` in $CREDENTIALS_DIRECTORY when there is one, else the configured file.
std::filesystem::path vault_key_file_in_force(const std::filesystem::path& configured);

/// Its text; a problem names the file and says what to do.
PrivateFile read_vault_key_file(const std::filesystem::path& configured);

}  // namespace tally
