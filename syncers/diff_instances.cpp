#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "cloud/merge.hpp"
#include "syncers/breaker.hpp"
#include "syncers/diff.hpp"
#include "syncers/fields.hpp"
#include "syncers/problem_ledger.hpp"

namespace tally {
namespace {

constexpr int absences_until_ended = 2;
constexpr std::chrono::hours ended_stay_known{24};  // longer than any vendor's answers contradict each other

Event instance_event(std::string kind, const CloudId& id) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "instance";
  event.subject_id = id.str();
  return event;
}

ProblemKey instance_problem(std::string kind, const std::string& id, std::string value = "") {
  return {std::move(kind), "instance", id, std::move(value)};
}

bool is_live(const KnownInstance& known) { return !known.ended_at; }

/// The answer's rows by ID, and which IDs it could not say anything certain about.
class Sightings {
 public:
  explicit Sightings(const Listing<Instance>& seen) {
    first_row_.reserve(seen.items.size());
    for (const Row<Instance>& row : seen.items) {
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

  /// First row of each ID, in the vendor's order.
  [[nodiscard]] const std::vector<const Row<Instance>*>& rows() const { return rows_; }
  [[nodiscard]] bool is_duplicate(std::string_view id) const { return duplicates_.contains(id); }
  [[nodiscard]] bool has_anonymous() const { return has_anonymous_; }

  /// The ID occurs, but not as one row that can be believed.
  [[nodiscard]] bool is_uncertain(std::string_view id) const {
    return duplicates_.contains(id) || (unreadable_.contains(id) && !first_row_.contains(id));
  }
  [[nodiscard]] bool is_absent(std::string_view id) const {
    return !first_row_.contains(id) && !unreadable_.contains(id);
  }

 private:
  std::unordered_map<std::string_view, const Row<Instance>*> first_row_;
  std::vector<const Row<Instance>*> rows_;
  std::unordered_set<std::string_view> duplicates_;
  std::unordered_set<std::string_view> unreadable_;
  bool has_anonymous_ = false;
};

struct Absences {
  std::vector<const KnownInstance*> rows;  // live, listed here, not in the answer; oldest first
  std::set<std::string> held;              // locations whose absences the breaker holds back
  std::map<std::string, int> held_passes;
  std::vector<Event> events;
};

Absences find_absences(const KnownInstances& known, const Sightings& seen, const ListingKey& listing) {
  Absences absences;
  const auto is_meant = [&listing](const KnownInstance& instance) {
    return is_live(instance) && instance.listing == listing;
  };
  for (const auto& [id, instance] : known.rows) {
    if (is_meant(instance) && seen.is_absent(id.str())) absences.rows.push_back(&instance);
  }
  std::sort(absences.rows.begin(), absences.rows.end(), [](const KnownInstance* a, const KnownInstance* b) {
    return std::tie(a->first_seen_at, a->row->cloud_id) < std::tie(b->first_seen_at, b->row->cloud_id);
  });
  const auto memory = known.listings.find(listing);
  if (memory != known.listings.end()) absences.held_passes = memory->second.held_passes;
  if (absences.rows.empty() && absences.held_passes.empty()) return absences;  // everybody is here

  AbsenceCount count;
  for (const auto& [id, instance] : known.rows) {
    if (is_meant(instance)) count.add(instance.row->location, seen.is_absent(id.str()));
  }
  if (!seen.has_anonymous()) absences.held = count.judge(absences.held_passes, absences.events);
  return absences;
}

bool is_young(const KnownInstance& known, const InstanceRules& rules, Timestamp now) {
  return now - known.first_seen_at < rules.grace;
}

/// One complete answer of one listing, step by step.
class InstancePass {
 public:
  InstancePass(std::shared_ptr<const KnownInstances> known, const Witnesses& witnesses, const InstanceRules& rules,
               Timestamp now)
      : known_(std::move(known)), witnesses_(witnesses), rules_(rules), now_(now) {
    changes_.at = now;
    changes_.problem_listing = rules.listing;
  }

  Diff<KnownInstances> run(const Listing<Instance>& listing) && {
    const Sightings seen(listing);
    report_unreadable(listing.rejected);
    for (const Row<Instance>* row : seen.rows()) {
      if (seen.is_duplicate((*row)->cloud_id.str())) {
        problems_.report(instance_problem("duplicate_id", (*row)->cloud_id.str()),
                         "different rows have this ID in one answer");
      } else {
        see(*row);
      }
    }
    judge_absences(seen);
    settle_problems();
    if (next_) return {std::move(changes_), std::move(next_)};
    return {std::move(changes_), std::move(known_)};
  }

 private:
  void report_unreadable(const std::vector<Rejected>& rows) {
    int ordinal = 0;
    for (const Rejected& row : rows) {
      const std::string value = row.id.empty() ? fmt::format("{} #{}", row.reason, ++ordinal) : std::string();
      problems_.report(instance_problem("row_rejected", row.id, value), row.reason + ": " + row.raw);
    }
  }

  void see(const Row<Instance>& row) {
    const auto at = known_->rows.find(row->cloud_id);
    if (at == known_->rows.end()) {
      add(row);
    } else if (at->second.answer == row && at->second.is_confirmed && at->second.absences == 0 &&
               !at->second.is_disputed && (at->second.row->price || !type_price(*row))) {
      check_type_id(at->second);
    } else {
      update(at->second, row);
    }
  }

  void add(const Row<Instance>& row) {
    KnownInstance added;
    Instance instance = *row;
    if (!instance.price) instance.price = type_price(instance);
    added.row = std::make_shared<const Instance>(std::move(instance));
    added.answer = row;
    added.listing = rules_.listing;
    added.status = row->status.value_or(LifecycleStatus::pending);
    added.is_disputed = !row->status;
    added.first_seen_at = added.status_since = added.seen_at = now_;
    if (is_ended(added.status)) added.ended_at = now_;
    if (!row->status) report_status(*row);
    Event event = instance_event("instance_added", row->cloud_id);
    event.detail = tracked_fields(*added.row, added.status);
    changes_.events.push_back(std::move(event));
    changes_.statuses.push_back({row->cloud_id, added.status});
    check_type_id(added);
    write(std::move(added));
  }

  void update(const KnownInstance& before, const Row<Instance>& row) {
    MergedInstance merged = merge(*before.row, *row);
    if (!merged.instance.price) merged.instance.price = type_price(merged.instance);
    for (const std::string& field : merged.conflicts) {
      problems_.report(instance_problem("id_changed", row->cloud_id.str(), field),
                       "the provider states another " + field + " than before; the first one is kept");
    }
    if (!row->status) report_status(*row);

    KnownInstance after = before;
    after.answer = row;
    after.is_disputed = !merged.conflicts.empty() || !row->status;
    after.is_confirmed = true;
    after.absences = 0;
    after.status = row->status.value_or(before.status);
    merged.instance.status = after.status == before.status ? before.row->status : row->status;
    const bool is_same = merged.instance == *before.row && after.status == before.status;
    if (!is_same) {
      add_changes(*before.row, merged.instance, before.status == after.status);
      after.row = std::make_shared<const Instance>(std::move(merged.instance));
      set_status(before, after, "the provider reports it");
    }
    check_type_id(after);
    if (is_same && before.is_confirmed && before.absences == 0) {
      remember(std::move(after));
      return;
    }
    after.seen_at = now_;
    write(std::move(after));
  }

  void set_status(const KnownInstance& before, KnownInstance& after, std::string why) {
    if (before.status == after.status) return;
    after.status_since = now_;
    const bool ends = is_ended(after.status);
    after.ended_at = ends ? std::optional(now_) : std::nullopt;
    Event event = instance_event(ends ? "instance_ended" : "instance_changed", after.row->cloud_id);
    event.field = "status";
    event.old_value = std::string(to_string(before.status));
    event.new_value = std::string(to_string(after.status));
    if (ends) event.detail = std::move(why);
    changes_.events.push_back(std::move(event));
    changes_.statuses.push_back({after.row->cloud_id, after.status});
  }

  void add_changes(const Instance& before, const Instance& after, bool is_same_status) {
    for (FieldChange& change : changed_fields(before, after)) {
      // A transition is recorded once: the vendor's own word for it goes without saying.
      if (change.field == "provider_status" && !is_same_status) continue;
      Event event = instance_event("instance_changed", after.cloud_id);
      event.field = std::move(change.field);
      event.old_value = std::move(change.old_value);
      event.new_value = std::move(change.new_value);
      changes_.events.push_back(std::move(event));
    }
  }

  void judge_absences(const Sightings& seen) {
    Absences absences = find_absences(*known_, seen, rules_.listing);
    for (Event& event : absences.events) changes_.events.push_back(std::move(event));
    const auto memory = known_->listings.find(rules_.listing);
    if (absences.held_passes !=
        (memory == known_->listings.end() ? std::map<std::string, int>() : memory->second.held_passes)) {
      changes_.held_passes = absences.held_passes;
      next().listings[rules_.listing].held_passes = std::move(absences.held_passes);
    }
    for (const auto& [id, known] : known_->rows) {
      if (known.listing != rules_.listing) continue;
      if (is_live(known) && seen.is_uncertain(id.str())) unconfirm(known, 0);
      if (is_history(known) && seen.is_absent(id.str()) && !seen.has_anonymous()) forget(known);
    }
    for (const KnownInstance* known : absences.rows) {
      if (seen.has_anonymous() || is_young(*known, rules_, now_)) {
        unconfirm(*known, 0);
      } else if (absences.held.contains(known->row->location)) {
        unconfirm(*known, 1);
      } else {
        miss(*known);
      }
    }
  }

  /// Absent from a complete answer, and nothing speaks against counting that.
  void miss(const KnownInstance& known) {
    const auto witness = witnesses_.find(known.row->cloud_id);
    if (witness != witnesses_.end()) {
      if (witness->second) return see_absent(known, *witness->second);
      if (witness->second.error().kind == Errc::instance_not_found) {
        return end(known, "gone: absent from a complete listing and not found by ID");
      }
    }
    if (known.absences + 1 >= absences_until_ended) {
      return end(known, "gone: absent from two complete listings in a row");
    }
    unconfirm(known, 1);
  }

  /// Not listed, but the provider knows it by ID: its answer is the newest reading.
  void see_absent(const KnownInstance& known, const Row<Instance>& row) { update(known, row); }

  void end(const KnownInstance& before, std::string why) {
    KnownInstance after = before;
    after.status = LifecycleStatus::terminated;
    after.absences = 0;
    if (before.is_confirmed) after.seen_at = std::max(before.seen_at, rules_.previous_success);
    after.is_confirmed = true;
    set_status(before, after, std::move(why));
    write(std::move(after));
  }

  [[nodiscard]] bool is_history(const KnownInstance& known) const {
    return known.ended_at && now_ - *known.ended_at > ended_stay_known;
  }

  /// It ended, and the vendor has stopped listing it: the catalog keeps it, and nothing is compared with it any more.
  void forget(const KnownInstance& before) {
    KnownInstance after = before;
    after.is_confirmed = false;
    changes_.instances.push_back(std::move(after));
    next().rows.erase(before.row->cloud_id);
  }

  void unconfirm(const KnownInstance& before, int counted) {
    unread_.insert(before.row->cloud_id.str());
    if (!before.is_confirmed && counted == 0) return;
    KnownInstance after = before;
    after.absences += counted;
    after.is_confirmed = false;
    if (!before.is_confirmed) return remember(std::move(after));
    after.seen_at = std::max(before.seen_at, rules_.previous_success);
    write(std::move(after));
  }

  void check_type_id(const KnownInstance& known) {
    if (!rules_.types || known.ended_at || rules_.types->rows.contains(known.row->instance_type_id)) return;
    problems_.report(instance_problem("unknown_type_id", known.row->cloud_id.str()),
                     known.row->instance_type_id.empty()
                         ? "the provider does not say what type it is"
                         : known.row->instance_type_id.str() + " is not in the catalog");
  }

  void report_status(const Instance& row) {
    problems_.report(instance_problem("unknown_status", row.cloud_id.str(), row.provider_status),
                     "the provider reports a status that has no meaning here; the last known one is kept");
  }

  [[nodiscard]] std::optional<Money> type_price(const Instance& instance) const {
    if (!rules_.types) return std::nullopt;
    const auto type = rules_.types->rows.find(instance.instance_type_id);
    if (type == rules_.types->rows.end()) return std::nullopt;
    const Price* price = find_price(*type->second.row, instance.is_spot ? UsageClass::spot : UsageClass::on_demand);
    return price == nullptr ? std::nullopt : price->amount;
  }

  void settle_problems() {
    const auto memory = known_->listings.find(rules_.listing);
    const std::set<ProblemKey> before =
        memory == known_->listings.end() ? std::set<ProblemKey>() : memory->second.problems;
    for (const ProblemKey& key : before) {
      const bool is_of_the_values =
          key.kind == "unknown_type_id" || key.kind == "unknown_status" || key.kind == "id_changed";
      if (is_of_the_values && unread_.contains(key.subject_id)) problems_.keep(key);
    }
    std::set<ProblemKey> lasting = std::move(problems_).settle(before, changes_);
    if (lasting != before) next().listings[rules_.listing].problems = std::move(lasting);
  }

  KnownInstances& next() {
    if (!next_) next_ = std::make_shared<KnownInstances>(*known_);
    return *next_;
  }
  /// Known from now on; nothing of it is stored.
  void remember(KnownInstance row) {
    CloudId id = row.row->cloud_id;
    next().rows[std::move(id)] = std::move(row);
  }
  void write(KnownInstance row) {
    changes_.instances.push_back(row);
    remember(std::move(row));
  }

  std::shared_ptr<const KnownInstances> known_;
  std::shared_ptr<KnownInstances> next_;
  const Witnesses& witnesses_;
  const InstanceRules& rules_;
  Timestamp now_;
  ChangeSet changes_;
  ProblemLedger problems_;
  std::unordered_set<std::string> unread_;  // live, but without an accepted reading in this answer
};

}  // namespace

std::vector<CloudId> first_absences(const KnownInstances& known, const Listing<Instance>& seen,
                                    const InstanceRules& rules, Timestamp now, std::size_t limit) {
  const Sightings sightings(seen);
  std::vector<CloudId> ids;
  if (sightings.has_anonymous()) return ids;
  const Absences absences = find_absences(known, sightings, rules.listing);
  for (const KnownInstance* instance : absences.rows) {
    if (ids.size() == limit) break;
    if (instance->absences > 0 || is_young(*instance, rules, now)) continue;
    if (!absences.held.contains(instance->row->location)) ids.push_back(instance->row->cloud_id);
  }
  return ids;
}

Diff<KnownInstances> diff_instances(const std::shared_ptr<const KnownInstances>& known, const Listing<Instance>& seen,
                                    const Witnesses& witnesses, const InstanceRules& rules, Timestamp now) {
  return InstancePass(known, witnesses, rules, now).run(seen);
}

}  // namespace tally
