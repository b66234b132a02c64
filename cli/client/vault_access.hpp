// The vault as tallyctl works on it: directly, so that credentials can be added before the daemon's first start. A
// running daemon is told, but only when the vault is closed: it waits for the vault's lock.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "store/vault.hpp"

namespace tally::cli {

/// How long a command waits for another one that has the vault open.
inline constexpr std::chrono::seconds vault_patience{5};

/// Makes the key's file, 0600, its owner that of the state directory when root makes it. Answers the key's ID. Throws
/// StoreError, also when there is a key already, and when the vault holds records, which a new key would not open.
std::string make_vault_key(const Places& places);

/// Tells a person of the key that was made.
void tell_vault_key(const Places& places, const std::string& id);

/// Makes the state directory when there is none. A change of keys that was cut off is finished, or taken back. Throws
/// StoreError that says what to do.
Vault open_vault(const Places& places);

/// Seals all of it under a new key, which takes the old one's place. Answers the new key's ID. Throws StoreError; vault
/// and key fit each other then. Nothing is touched unless all of the vault opens. A key that was handed over in
/// $CREDENTIALS_DIRECTORY is refused before anything changes.
std::string rekey_vault(const Places& places);

/// Has a running daemon put the vault's new content in force, and tells a person what came of it. False when the daemon
/// refused.
bool put_in_force(const Places& places);

}  // namespace tally::cli
