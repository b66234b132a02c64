// The firewall of a machine whose vendor has none: a script for root that puts ufw in force and guards what containers
// publish, which passes ufw by. It is written from parsed numbers and addresses only. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/result.hpp"

namespace tally {

/// A POSIX shell script, ASCII, that ends in a line feed. Nothing comes in but over SSH and by the ingress rules; all
/// may go out, so that egress rules say no more. It:
///  - allows SSH before it denies anything: on these ports and on those that sshd listens on there;
///  - is in force again after a restart of Docker or of the machine, also when it was cut off at any point;
///  - changes nothing when it runs again.
/// Container egress, and containers on one bridge, are left alone. Refused: see openings_of(); ssh ports that are none.
Result<std::string> firewall_script(const FirewallRules& rules, const std::vector<std::int32_t>& ssh_ports);

}  // namespace tally
