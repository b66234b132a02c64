#include "lifecycle/create_decision.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "cloud/agreement.hpp"
#include "lifecycle/known_rows.hpp"
#include "runtime/contains.hpp"

namespace tally::lifecycle {
namespace {

/// Whether it was there before a create that began then, for all that is known. A vendor's clock may differ from ours.
bool was_there_before(const KnownInstance& known, Timestamp begun) {
  constexpr std::chrono::minutes clocks_differ{5};
  const std::optional<Timestamp>& created_at = known.row->created_at;
  return created_at ? *created_at + clocks_differ < begun : known.first_seen_at < begun;
}

/// With a RefID that this credential gave.
std::vector<const KnownInstance*> live_machines_of(const CredentialRef& credential, const KnownInstances& instances) {
  std::vector<const KnownInstance*> machines;
  for_each_row(instances, [&](const KnownInstance& known) {
    const Instance& machine = *known.row;
    if (is_live(&known) && machine.cloud_cred_ref_id == credential && !machine.ref_id.empty()) {
      machines.push_back(&known);
    }
  });
  return machines;
}

}  // namespace

Verdict judge(AttemptOutcome last, const std::vector<Sighting>& seen, bool is_listed, bool is_concluded) {
  if (!is_listed) return Verdict::wait;
  const bool is_whole = last != AttemptOutcome::partly;
  if (is_whole && seen.size() == 1 && seen.front().agrees) return Verdict::adopt;
  const bool are_all_old =
      std::all_of(seen.begin(), seen.end(), [](const Sighting& sighting) { return sighting.is_old; });
  if (!are_all_old) return Verdict::end_all;
  return is_concluded ? Verdict::absent : Verdict::wait;
}

std::vector<Sighting> sightings_of(const OperationRecord& create, const KnownInstances& instances,
                                   const std::vector<CloudId>& answered, Timestamp first_begun) {
  std::vector<Sighting> seen;
  std::vector<Sighting> old;
  for (const KnownInstance* known : live_machines_of(create.credential, instances)) {
    const Instance& machine = *known->row;
    if (machine.ref_id != create.ref_id) continue;
    if (contains(answered, machine.cloud_id)) continue;
    const bool agrees = agrees_with_order(machine, create.type, create.location);
    const bool is_old = was_there_before(*known, first_begun);
    (is_old ? old : seen).push_back({machine.cloud_id, agrees, is_old});
  }
  if (seen.empty() && old.size() == 1 && old.front().agrees) return old;
  std::sort(seen.begin(), seen.end(), [](const Sighting& a, const Sighting& b) { return a.id < b.id; });
  return seen;
}

std::vector<CloudId> strays_of(const std::vector<OperationRecord>& creates, const KnownInstances& instances,
                               const CredentialRef& credential) {
  struct Watched {
    bool is_over = true;     // all of its creates are
    bool is_barren = false;  // one of them came to no machine, or to one that it was not told of
    Timestamp first_begun = Timestamp::max();
  };
  std::set<CloudId> answered;
  std::map<RefId, Watched> watched;
  for (const OperationRecord& create : creates) {
    if (!create.cloud_id.empty()) answered.insert(create.cloud_id);
    Watched& of = watched[create.ref_id];
    of.is_over = of.is_over && is_over(create.state);
    of.is_barren = of.is_barren || create.state != OperationState::succeeded;
    of.first_begun = std::min(of.first_begun, create.created_at);
  }
  std::vector<CloudId> strays;
  for (const KnownInstance* known : live_machines_of(credential, instances)) {
    if (answered.contains(id_of(*known))) continue;
    const auto at = watched.find(known->row->ref_id);
    if (at == watched.end() || !at->second.is_over || !at->second.is_barren) continue;
    if (!was_there_before(*known, at->second.first_begun)) strays.push_back(id_of(*known));
  }
  std::sort(strays.begin(), strays.end());
  return strays;
}

}  // namespace tally::lifecycle
