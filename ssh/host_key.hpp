// Host keys: read from libssh, compared, written as a line of known_hosts.
#pragma once

#include <string>
#include <vector>

#include "ssh/target.hpp"

struct ssh_key_struct;

namespace tally {

/// The public half of a libssh key. All fields are "" when libssh cannot tell (it ran out of memory).
HostKey to_host_key(ssh_key_struct* key);

/// One of `expected`, by type and fingerprint; the time it takes does not depend on how much of them is alike.
bool is_expected(const HostKey& key, const std::vector<HostKey>& expected);

/// `[host]:port type base64`, without the brackets and the port when it is 22, without a newline. Needs the public key.
std::string known_hosts_line(const std::string& host, int port, const HostKey& key);

}  // namespace tally
