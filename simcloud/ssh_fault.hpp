// What a simulated instance does wrong when somebody comes over SSH.
#pragma once

#include <optional>
#include <string_view>

namespace tally::simcloud {

enum class SshFault {
  none,
  unreachable,     // nobody listens: the connection is refused
  silent,          // accepts, and never says anything
  tarpit,          // one byte a second, for ever
  banner,          // a version line of 1 MiB
  auth_refused,    // no key is good enough
  dies_at_banner,  // hangs up at once after accepting
  dies_at_kex,     // hangs up when it has told its version and heard the client's
  dies_at_auth,    // hangs up when a key is offered
  dies_at_exec,    // hangs up when a command is asked for
};

/// The name as the control interface has it: "auth_refused".
std::string_view to_string(SshFault fault);
std::optional<SshFault> ssh_fault_from(std::string_view name);

}  // namespace tally::simcloud
