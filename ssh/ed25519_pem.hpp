// Ed25519 keys as PKCS#8. libssh 0.10 reads them without their public half and then cannot use them, so they are
// written anew in OpenSSH's format. Pure.
#pragma once

#include <optional>

#include "ssh/target.hpp"

namespace tally {

/// The same key as unencrypted OpenSSH text; nothing when it is no Ed25519 key in PEM or the passphrase is not its own.
std::optional<Secret> openssh_from_pem(const SshKey& key);

}  // namespace tally
