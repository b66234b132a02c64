// What the catalog has of each instance's host, found its instance again at a start. Pure, for a worker: it walks all.
#pragma once

#include <utility>
#include <vector>

#include "probing/probe_hosts.hpp"
#include "tally/known.hpp"

namespace tally {

struct KnownHosts {
  /// The instances that have not ended and run or have something stored, ordered by ID.
  std::vector<std::pair<KnownInstance, StoredHost>> hosts;
  std::vector<CloudId> gone;  // something is stored of these, but they have ended
};

KnownHosts match_hosts(const KnownInstances& instances, SshRecords records);

}  // namespace tally
