// The command line of the system's ssh that reaches an instance and nobody else: only the pinned host keys are taken,
// whatever known_hosts files and DNS say. The keys stand in the command line itself (KnownHostsCommand, OpenSSH 8.5),
// so that nothing is left behind, and a printed command works by itself. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/client/seen_keys.hpp"

namespace tally::cli {

/// A machine that ssh talks to.
struct SshHop {
  std::string name;  // what ssh calls it when it complains
  std::string host;  // a name or an address
  int port = 22;
  std::string user;
  std::vector<SeenKey> keys;  // with their public keys; whoever has another is refused
};

struct SshInvocation {
  SshHop target;
  std::optional<SshHop> bastion;  // empty: as the user's own ssh_config says
  std::string identity;           // file of the private key; "": as ssh_config says
  std::vector<std::string> command;
};

/// Why ssh cannot be called for it; "" when it can. Names and keys come from vendors and machines: what could be an
/// option, or mean something to a shell, is refused.
std::string fault_of(const SshHop& hop);

/// The words, "ssh" the first. Both hops are without fault.
std::vector<std::string> ssh_words(const SshInvocation& invocation);

/// The words as a line that a shell takes.
std::string to_shell(const std::vector<std::string>& words);

}  // namespace tally::cli
