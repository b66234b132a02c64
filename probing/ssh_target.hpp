// Where an instance is reached over SSH. Pure.
#pragma once

#include <optional>

#include "cloud/instance.hpp"
#include "cloud/provider.hpp"
#include "probing/probe_settings.hpp"
#include "ssh/target.hpp"

namespace tally {

/// Empty while the instance has no address that can be tried: a public one, or through a bastion a private one.
/// The mapping of ports {from, to} of an instance says that `from` at its public address leads to `to` inside, where
/// the private address is. `expected` is left empty.
std::optional<SshTarget> ssh_target(const Instance& instance, const ProbeSettings& settings,
                                    const ProviderDescription& provider);

/// Whether what was learned of one target holds for the other: the same host, port, user, key and bastion. Who is
/// expected there does not matter.
bool is_same_target(const SshTarget& a, const SshTarget& b);

}  // namespace tally
