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

bool is_made_by(const KnownInstance& known, const CredentialRef& credential) {
  return known.row->cloud_cred_ref_id == credential && !known.row->ref_id.empty();
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
  for (const auto& [id, known] : instances.rows) {
    if (!is_live(known) || !is_made_by(known, create.credential) || known.row->ref_id != create.ref_id) continue;
    if (std::find(answered.begin(), answered.end(), id) != answered.end()) continue;
    seen.push_back({id, known.row->type == create.type && known.row->location == create.location});
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
  for (const auto& [id, known] : instances.rows) {
    if (!is_live(known) || !is_made_by(known, credential) || answered.contains(id)) continue;
    const auto at = watched.find(known.row->ref_id);
    if (at != watched.end() && at->second && barren.contains(at->first)) strays.push_back(id);
  }
  std::sort(strays.begin(), strays.end());
  return strays;
}

}  // namespace tally::lifecycle
