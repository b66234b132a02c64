// From what a credential's configuration says of SSH to what the ProbeScheduler is told. Pure.
#pragma once

#include "config/config.hpp"
#include "probing/probe_settings.hpp"

namespace tally {

/// Bootstraps change machines: a credential that may only be read, or is watched only until its last instance has
/// ended, has none.
ProbeSettings probe_settings_of(const CredentialConfig& config);

}  // namespace tally
