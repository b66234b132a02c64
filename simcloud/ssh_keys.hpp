// Keys of the simulated SSH servers. Pure but for the files.
#pragma once

#include <libssh/libssh.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tally::simcloud {

struct FreeSshKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using SshKeyPointer = std::unique_ptr<ssh_key_struct, FreeSshKey>;

/// An ed25519 key, always the same for the same arguments. Not secret: only for machines that do not exist.
SshKeyPointer make_host_key(std::uint64_t seed, const std::string& id, int installations);

/// Its public half as base64, as a known_hosts line has it.
std::string public_base64(ssh_key key);

/// A public key in OpenSSH's one-line format; throws std::invalid_argument when there is none in the file.
SshKeyPointer read_public_key(const std::filesystem::path& file);

/// Makes an ed25519 key for logging in: `file` (0600, OpenSSH's format, no passphrase) and `file`.pub. False when there
/// is a `file` already, or none can be written.
bool make_login_key(const std::filesystem::path& file);

/// Whether a line of an authorized_keys file is that key; no file is an empty one.
bool is_authorized(const std::filesystem::path& authorized_keys, ssh_key key);

}  // namespace tally::simcloud
