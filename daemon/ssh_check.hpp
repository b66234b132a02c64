// Whether the SSH keys of a configuration can be used: what only the SSH library can tell.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace tally {

/// Private keys that cannot be read with their passphrase, public keys that are none, a bastion's key that is of no
/// kind in use: one line each, with place and key. No secret is in them. An encrypted key takes up to some hundreds of
/// milliseconds, however many credentials use it.
std::vector<std::string> ssh_problems(const Config& config);

}  // namespace tally
