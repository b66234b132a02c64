// Which algorithms we offer. Pure.
#pragma once

#include <string>
#include <vector>

#include "ssh/target.hpp"

namespace tally {

/// Comma-separated, most wanted first, as libssh takes them. No SHA-1, no DSS, no CBC; no finite-field
/// Diffie-Hellman, which would hold up every other contact for up to 75 ms.
inline constexpr const char* kex_algorithms = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256";
inline constexpr const char* ciphers =
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes128-ctr";
inline constexpr const char* macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com";
inline constexpr const char* key_algorithms =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

/// Those of the keys that are expected; all, when none is; "" when none of the expected types is one of ours.
std::string host_key_algorithms(const std::vector<HostKey>& expected);

}  // namespace tally
