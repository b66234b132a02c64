// Where an instance is reached over SSH, as far as the catalog and the configuration say.
#pragma once

#include <optional>
#include <string>

#include "cli/client/ssh_invocation.hpp"
#include "cli/command.hpp"
#include "cli/subject.hpp"

namespace tally::cli {

struct SshRoute {
  SshHop target;                  // without keys; its host is "" when there is no address
  std::optional<SshHop> bastion;  // with its key
  std::string note;               // what a person should know of it; "" when nothing
};

/// The same address, port, user and bastion as tallyd's own probes, when the configuration can be read; what it says
/// of the instance's credential is left out otherwise. Throws StoreError.
SshRoute ssh_route(const Context& context, Reader& reader, const Subject& instance);

/// "ubuntu, port 2201, through bastion.example"; "" when there is no address.
std::string words_of(const SshRoute& route);

}  // namespace tally::cli
