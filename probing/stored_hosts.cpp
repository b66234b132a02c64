#include "probing/stored_hosts.hpp"

#include <algorithm>
#include <unordered_map>

namespace tally {

KnownHosts match_hosts(const KnownInstances& instances, SshRecords records) {
  std::unordered_map<CloudId, StoredHost> stored;
  for (ProbeRecord& probe : records.probes) stored[CloudId(probe.cloud_id)].probe = std::move(probe);
  for (HostKeyRecord& key : records.host_keys) stored[CloudId(key.cloud_id)].keys.push_back(std::move(key));
  for (BootstrapRecord& bootstrap : records.bootstraps) {
    stored[CloudId(bootstrap.cloud_id)].bootstrap = std::move(bootstrap);
  }
  for (const CloudId& id : records.shared_hosts) stored[id].is_told_shared = true;
  KnownHosts known;
  for (const auto& [key, listing] : instances.listings()) {
    for (const KnownInstance& instance : *listing) {
      if (instance.ended_at) continue;
      const auto at = stored.find(id_of(instance));
      if (at == stored.end() && instance.status != LifecycleStatus::running) continue;
      known.hosts.emplace_back(instance, at == stored.end() ? StoredHost() : std::move(at->second));
      if (at != stored.end()) stored.erase(at);
    }
  }
  for (const auto& [id, of_another] : stored) known.gone.push_back(id);
  // Hash tables have no order to rely on.
  std::sort(known.hosts.begin(), known.hosts.end(),
            [](const auto& a, const auto& b) { return a.first.row->cloud_id < b.first.row->cloud_id; });
  return known;
}

}  // namespace tally
