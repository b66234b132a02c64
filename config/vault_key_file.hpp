// Where the vault's key is, and what it says. The key itself is the store's (store/vault.hpp).
//
// A change of keys has a moment at which the vault is sealed with the new one, but the old one is still in its file. So
// the new key is first put into a file beside, whole and on disk, then the vault is sealed with it, then it takes the
// old one's place. Whatever ends the change in between, one of the two files fits the vault, and says which. All of
// this is read and written by whoever holds the vault's lock (store/vault_lock.hpp).
#pragma once

#include <filesystem>
#include <string>

#include "config/private_file.hpp"

namespace tally {

struct VaultKeyFiles {
  std::filesystem::path in_force;
  bool is_handed_over = false;  // from $CREDENTIALS_DIRECTORY: not ours to change

  /// Where a new key waits until everything is sealed with it.
  [[nodiscard]] std::filesystem::path next() const { return in_force.string() + ".next"; }
};

/// `vault.key` in $CREDENTIALS_DIRECTORY when there is one, else the configured file, or what that is a link to.
VaultKeyFiles vault_key_files(const std::filesystem::path& configured);

/// What the files hold.
struct VaultKeyTexts {
  Secret in_force;
  Secret next;              // "" when none waits
  std::string problem;      // "" when both could be read; else names the file and says what to do
  bool is_missing = false;  // the key in force; what to do then depends on what the vault holds
};

/// A key that waits and cannot be read may be the only one that opens the vault, so that is a problem, too.
VaultKeyTexts read_vault_keys(const VaultKeyFiles& files);

}  // namespace tally
