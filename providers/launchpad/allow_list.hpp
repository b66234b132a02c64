// Launchpad's one firewall: a list of addresses that may reach a machine, on every port. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/result.hpp"
#include "providers/launchpad/settings.hpp"

namespace tally::launchpad {

/// The addresses of the rules and of this host, sorted, each once; empty without rules. Refused (not_implemented), by
/// the rule: what a list of addresses cannot say, which is fewer ports than all, a wider range than one address,
/// anybody, and anything that goes out; a configuration may have that left out instead. Refused (invalid_request):
/// ranges that are none; rules without the addresses of this host, which would lock it out.
Result<std::vector<std::string>> allow_list_of(const FirewallRules& rules, const Settings& settings);

}  // namespace tally::launchpad
