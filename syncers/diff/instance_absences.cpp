#include "syncers/diff/instance_absences.hpp"

#include <algorithm>
#include <tuple>

#include "syncers/diff/answer_checks.hpp"

namespace tally {
namespace {

constexpr std::chrono::minutes clocks_differ{5};  // the vendor's and ours, at most

}  // namespace

Sightings::Sightings(const Answer<Instance>& seen) {
  first_row_.reserve(seen.rows.size());
  for (const Row<Instance>& row : seen.rows) {
    const auto [first, is_new] = first_row_.try_emplace(row->cloud_id.str(), &row);
    if (is_new) {
      rows_.push_back(&row);
    } else if (*first->second != row && **first->second != *row) {
      duplicates_.insert(row->cloud_id.str());
    }
  }
  for (const Rejected& row : seen.rejected) {
    if (row.id.empty()) {
      has_anonymous_ = true;
    } else {
      unreadable_.insert(row.id);
    }
  }
}

bool is_young(const KnownInstance& known, const InstanceRules& rules, Timestamp now) {
  if (const std::optional<Timestamp>& created_at = known.row->created_at) {
    const auto age = now - *created_at;
    if (age >= -clocks_differ) return age < rules.grace;
  }
  if (known.born) return rules.at - *known.born < rules.grace;
  const auto age = now - known.first_seen_at;
  return age >= std::chrono::milliseconds(0) && age < rules.grace;
}

int counted_absences(const KnownInstance& known, const Sightings& seen) {
  return !known.is_known_by_id && seen.is_absent(known.row->cloud_id.str()) ? known.absences + 1 : 0;
}

std::vector<const KnownInstance*> find_absences(const KnownListing<KnownInstance>& known, const Sightings& seen,
                                                const ListingRules& rules, Breaker& breaker) {
  const auto is_judged = [&rules](const KnownInstance& instance) {
    return !instance.ended_at && rules.can_tell(instance.told_at);
  };
  std::vector<const KnownInstance*> absent;
  for (const KnownInstance& instance : known) {
    if (is_judged(instance) && seen.is_absent(id_of(instance).str())) absent.push_back(&instance);
  }
  if (absent.empty()) return absent;
  for (const KnownInstance& instance : known) {
    if (is_judged(instance)) breaker.add(instance.row->location, counted_absences(instance, seen));
  }
  std::sort(absent.begin(), absent.end(), [](const KnownInstance* a, const KnownInstance* b) {
    return std::tie(b->absences, a->first_seen_at, a->row->cloud_id) <
           std::tie(a->absences, b->first_seen_at, b->row->cloud_id);
  });
  return absent;
}

std::vector<CloudId> absences_to_ask(const KnownInstances& known, const Answer<Instance>& seen,
                                     const InstanceRules& rules, Timestamp now, std::size_t limit) {
  std::vector<CloudId> ids;
  if (find_refusal(seen, "", limits::rows_per_listing)) return ids;
  const Sightings sightings(seen);
  if (sightings.has_anonymous()) return ids;
  Breaker breaker(Subject::of(rules.credential));
  for (const KnownInstance* instance : find_absences(known.of(rules.listing), sightings, rules, breaker)) {
    if (ids.size() == limit) break;
    if (is_young(*instance, rules, now)) continue;
    if (breaker.holds(instance->row->location, counted_absences(*instance, sightings))) continue;
    ids.push_back(instance->row->cloud_id);
  }
  return ids;
}

}  // namespace tally
