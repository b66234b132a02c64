// A line of authorized_keys: "ssh-ed25519 AAAAC3... comment". Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/result.hpp"
#include "ssh/target.hpp"

namespace tally {

/// Reads a public key without options before it; what follows it is its comment. An Error of kind invalid_request when
/// it is none that libssh knows, or holds a control character.
Result<HostKey> read_authorized_key(std::string_view line);

}  // namespace tally
