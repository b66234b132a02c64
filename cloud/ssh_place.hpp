// Where and as whom SSH reaches an instance: rules that the prober and tallyctl share, so that what one tells is what
// the other does. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/instance.hpp"

namespace tally {

/// What decides an instance's port. A mapping {from, to} says that `from` at the public address leads to `to` inside.
struct SshPortFacts {
  std::optional<int> configured;          // by the operator: it goes before all else
  std::optional<std::int32_t> of_vendor;  // the instance's; one that is no port counts as none
  std::vector<PortMapping> mappings;      // the instance's
  int usual = 22;                         // the provider's
};

/// At the public address: the instance's port, else the one that leads to the usual one inside, else the usual one.
int ssh_port_outside(const SshPortFacts& facts);

/// At the private address: where the port outside leads to.
int ssh_port_inside(const SshPortFacts& facts);

/// Why no SSH client takes it, for a person; "" when one does. Vendors write both: an address or a user that begins
/// with a dash is an option of ssh, others mean something to a shell.
std::string fault_of_ssh_host(std::string_view host);
std::string fault_of_ssh_user(std::string_view user);

}  // namespace tally
