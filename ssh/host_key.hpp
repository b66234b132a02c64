// Host keys: read from libssh, compared.
#pragma once

#include <vector>

#include "ssh/target.hpp"

struct ssh_key_struct;

namespace tally {

/// The public half of a libssh key. All fields are "" when libssh cannot tell (it ran out of memory).
HostKey to_host_key(ssh_key_struct* key);

/// One of `expected`, by type and fingerprint; the time it takes does not depend on how much of them is alike.
bool is_expected(const HostKey& key, const std::vector<HostKey>& expected);

}  // namespace tally
