// Firewall rules as a machine's own firewall takes them: values that were parsed, so that nothing else can get into
// what is made of them. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/result.hpp"

namespace tally {

/// Ports that are open to one network, or to all: both TCP and UDP.
struct Opening {
  enum class Way { in, out };
  enum class Family { any, v4, v6 };

  Way way = Way::in;
  std::uint16_t from_port = 0;  // 1 to 65535
  std::uint16_t to_port = 0;    // not below from_port
  Family family = Family::any;  // any: whoever it is
  std::string network;          // CIDR, as written from a parsed address, its host bits cleared; "": of any family

  auto operator<=>(const Opening&) const = default;
};

/// A machine takes a second or so for each four of them.
inline constexpr std::size_t most_openings = 256;

/// The rules sorted, each (ports, network) once. Refused (invalid_request, with the parameter's name): ports that are
/// none or the wrong way round, a network that is none, more than `most_openings`.
Result<std::vector<Opening>> openings_of(const FirewallRules& rules);

}  // namespace tally
