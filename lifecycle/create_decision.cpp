#include "lifecycle/create_decision.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tally::lifecycle {
namespace {

/// Neither gone nor going: `failed` machines still cost money.
bool is_live(const KnownInstance& known) {
  return !known.ended_at && known.status != LifecycleStatus::terminated && known.status != LifecycleStatus::terminating;
}

/// In type and location; what the vendor does not say yet, since the machine waits for its node, does not differ.
bool agrees(const Instance& machine, const OperationRecord& create) {
  return (machine.type.empty() || machine.type == create.type) &&
         (machine.location.empty() || machine.location == create.location);
}

/// With a RefID that this credential gave.
std::vector<const Instance*> live_machines_of(const CredentialRef& credential, const KnownInstances& instances) {
  std::vector<const Instance*> machines;
  for (const auto& [key, listing] : instances.listings()) {
    for (const KnownInstance& known : *listing) {
      const Instance& machine = *known.row;
      if (is_live(known) && machine.cloud_cred_ref_id == credential && !machine.ref_id.empty()) {
        machines.push_back(&machine);
      }
    }
  }
  return machines;
}

}  // namespace

Verdict judge(AttemptOutcome last, const std::vector<Sighting>& seen, bool is_listed, bool is_concluded) {
  if (!is_listed) return Verdict::wait;
  if (seen.empty()) return is_concluded ? Verdict::absent : Verdict::wait;
  const bool is_whole = last != AttemptOutcome::partly;
  return is_whole && seen.size() == 1 && seen.front().agrees ? Verdict::adopt : Verdict::end_all;
}

std::vector<Sighting> sightings_of(const OperationRecord& create, const KnownInstances& instances,
                                   const std::vector<CloudId>& answered) {
  std::vector<Sighting> seen;
  for (const Instance* machine : live_machines_of(create.credential, instances)) {
    if (machine->ref_id != create.ref_id) continue;
    if (std::find(answered.begin(), answered.end(), machine->cloud_id) != answered.end()) continue;
    seen.push_back({machine->cloud_id, agrees(*machine, create)});
  }
  std::sort(seen.begin(), seen.end(), [](const Sighting& a, const Sighting& b) { return a.id < b.id; });
  return seen;
}

std::vector<CloudId> strays_of(const std::vector<OperationRecord>& creates, const KnownInstances& instances,
                               const CredentialRef& credential) {
  std::set<CloudId> answered;
  std::map<RefId, bool> watched;  // by RefID: whether all are over
  std::set<RefId> barren;         // with a create that came to no machine, or to one that it was not told of
  for (const OperationRecord& create : creates) {
    if (!create.cloud_id.empty()) answered.insert(create.cloud_id);
    const auto at = watched.emplace(create.ref_id, true).first;
    at->second = at->second && is_over(create.state);
    if (create.state != OperationState::succeeded) barren.insert(create.ref_id);
  }
  std::vector<CloudId> strays;
  for (const Instance* machine : live_machines_of(credential, instances)) {
    if (answered.contains(machine->cloud_id)) continue;
    const auto at = watched.find(machine->ref_id);
    if (at != watched.end() && at->second && barren.contains(at->first)) strays.push_back(machine->cloud_id);
  }
  std::sort(strays.begin(), strays.end());
  return strays;
}

}  // namespace tally::lifecycle
