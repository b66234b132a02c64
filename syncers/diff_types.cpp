#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "cloud/gpu.hpp"
#include "cloud/merge.hpp"
#include "syncers/breaker.hpp"
#include "syncers/diff.hpp"
#include "syncers/fields.hpp"
#include "syncers/problem_ledger.hpp"
#include "syncers/type_checks.hpp"

namespace tally {
namespace {

Event type_event(std::string kind, const InstanceTypeId& id) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "instance_type";
  event.subject_id = id.str();
  return event;
}

Event field_event(std::string kind, const InstanceTypeId& id, FieldChange change) {
  Event event = type_event(std::move(kind), id);
  event.field = std::move(change.field);
  event.old_value = std::move(change.old_value);
  event.new_value = std::move(change.new_value);
  return event;
}

ProblemKey type_problem(std::string kind, const std::string& id, std::string value = "") {
  return {std::move(kind), "instance_type", id, std::move(value)};
}

/// What is known of the account, and how one pass changes it. The copy of the known rows is made at the first change:
/// an unchanged pass costs none.
class TypeWriter {
 public:
  TypeWriter(std::shared_ptr<const KnownTypes> known, Timestamp now) : known_(std::move(known)), now_(now) {
    changes_.at = now;
  }

  [[nodiscard]] const KnownTypes& known() const { return *known_; }
  [[nodiscard]] Timestamp now() const { return now_; }
  ChangeSet& changes() { return changes_; }

  void add(const Row<InstanceType>& row, const ListingKey& listing) {
    KnownType added;
    added.row = row;
    added.listing = listing;
    added.first_seen_at = added.changed_at = added.seen_at = now_;
    Event event = type_event("type_added", row->id);
    event.detail = tracked_fields(*row);
    changes_.events.push_back(std::move(event));
    for (const Price& price : row->prices) changes_.prices.push_back({row->id, price.usage_class, price.amount});
    changes_.availability.push_back({row->id, row->is_available, row->availability_reason});
    write(std::move(added));
  }

  /// The vendor's present reading of a known type.
  void confirm(const KnownType& before, const Row<InstanceType>& row) {
    const bool is_same = before.row == row || *before.row == *row;
    if (is_same && before.is_listed && before.is_confirmed) return;
    KnownType after = before;
    after.seen_at = now_;
    after.is_confirmed = true;
    if (!before.is_listed) {
      after.is_listed = true;
      after.changed_at = now_;
      changes_.events.push_back(field_event("type_relisted", row->id, {"is_listed", "0", "1"}));
    }
    if (!is_same) {
      after.changed_at = now_;
      add_changes(*before.row, *row);
      after.row = row;
    }
    write(std::move(after));
  }

  /// The row stays as it is but is not vouched for any more; `vouched_until` is when it last was.
  void unconfirm(const KnownType& before, Timestamp vouched_until) {
    if (!before.is_confirmed || !before.is_listed) return;
    KnownType after = before;
    after.is_confirmed = false;
    after.seen_at = std::max(before.seen_at, vouched_until);
    write(std::move(after));
  }

  /// Gone from the vendor's offer: kept, marked unavailable and unlisted.
  void unlist(const KnownType& before, Timestamp vouched_until) {
    KnownType after = before;
    InstanceType row = *before.row;
    row.is_available = false;
    row.availability_reason = AvailabilityReason::unlisted;
    after.is_listed = false;
    after.changed_at = now_;
    if (before.is_confirmed) after.seen_at = std::max(before.seen_at, vouched_until);
    after.is_confirmed = true;
    changes_.events.push_back(field_event("type_unlisted", row.id, {"is_listed", "1", "0"}));
    add_changes(*before.row, row);
    after.row = std::make_shared<const InstanceType>(std::move(row));
    write(std::move(after));
  }

  KnownTypes& next() {
    if (!next_) next_ = std::make_shared<KnownTypes>(*known_);
    return *next_;
  }

  Diff<KnownTypes> finish() && {
    if (next_) return {std::move(changes_), std::move(next_)};
    return {std::move(changes_), std::move(known_)};
  }

 private:
  void add_changes(const InstanceType& before, const InstanceType& after) {
    for (FieldChange& change : changed_fields(before, after)) {
      changes_.events.push_back(field_event("type_changed", after.id, std::move(change)));
    }
    for (const Price& price : after.prices) {
      const Price* old = find_price(before, price.usage_class);
      if (old == nullptr || old->amount != price.amount) {
        changes_.prices.push_back({after.id, price.usage_class, price.amount});
      }
    }
    for (const Price& price : before.prices) {
      if (price.amount && find_price(after, price.usage_class) == nullptr) {
        changes_.prices.push_back({after.id, price.usage_class, std::nullopt});
      }
    }
    if (before.is_available != after.is_available || before.availability_reason != after.availability_reason) {
      changes_.availability.push_back({after.id, after.is_available, after.availability_reason});
    }
  }

  void write(KnownType row) {
    changes_.types.push_back(row);
    InstanceTypeId id = row.row->id;
    next().rows[std::move(id)] = std::move(row);
  }

  std::shared_ptr<const KnownTypes> known_;
  std::shared_ptr<KnownTypes> next_;
  ChangeSet changes_;
  Timestamp now_;
};

/// What became of one ID in this answer.
struct Sighting {
  enum class Verdict { pending, accepted, refused, duplicate };
  const Row<InstanceType>* row = nullptr;  // the first one; nullptr: only rows that could not be read
  Verdict verdict = Verdict::pending;
};

/// One complete answer of one listing, step by step.
class TypePass {
 public:
  TypePass(TypeWriter& writer, const TypeRules& rules) : writer_(writer), rules_(rules) {}

  void run(const Listing<InstanceType>& seen) {
    const ListingMemory memory = remembered();
    has_problems_ = !memory.problems.empty();
    collect(seen.items);
    take_rejected(seen.rejected);
    for (Sighting* sighting : distinct_) take(*sighting);
    judge_absences(memory);
    settle_problems(memory);
  }

 private:
  using Verdict = Sighting::Verdict;

  [[nodiscard]] ListingMemory remembered() const {
    const auto at = writer_.known().listings.find(rules_.listing);
    return at == writer_.known().listings.end() ? ListingMemory() : at->second;
  }

  void collect(const std::vector<Row<InstanceType>>& rows) {
    sightings_.reserve(rows.size());
    distinct_.reserve(rows.size());
    for (const Row<InstanceType>& row : rows) {
      const auto [at, is_new] = sightings_.try_emplace(row->id.str());
      Sighting& sighting = at->second;
      if (is_new) {
        sighting.row = &row;
        distinct_.push_back(&sighting);
      } else if (*sighting.row != row && **sighting.row != *row) {
        problems_.report(type_problem("duplicate_id", row->id.str()), describe_duplicate(**sighting.row, *row));
        sighting.verdict = Verdict::duplicate;
      }
    }
  }

  void take_rejected(const std::vector<Rejected>& rows) {
    int ordinal = 0;
    for (const Rejected& row : rows) {
      const std::string value = row.id.empty() ? fmt::format("{} #{}", row.reason, ++ordinal) : std::string();
      problems_.report(type_problem("row_rejected", row.id, value), row.reason + ": " + row.raw);
      if (row.id.empty()) {
        has_anonymous_ = true;
      } else {
        sightings_.try_emplace(row.id);
      }
    }
  }

  void take(Sighting& sighting) {
    if (sighting.verdict == Verdict::duplicate) return;
    const Row<InstanceType>& row = *sighting.row;
    const auto known = writer_.known().rows.find(row->id);
    const bool is_known = known != writer_.known().rows.end();
    if (is_known && known->second.row == row && !has_problems_) {  // the very object that was found good before
      sighting.verdict = Verdict::accepted;
      if (known->second.is_listed && known->second.listing == rules_.listing) ++confirmed_;
      return writer_.confirm(known->second, row);
    }
    if (std::optional<TypeFault> fault = find_fault(*row, is_known ? known->second.row.get() : nullptr)) {
      problems_.report(type_problem(std::move(fault->kind), row->id.str()), std::move(fault->detail));
      sighting.verdict = Verdict::refused;
      return;
    }
    sighting.verdict = Verdict::accepted;
    const Row<InstanceType> believable = with_believable_prices(row, rules_.sells_for_free);
    note_oddities(*believable);
    if (!is_known) return writer_.add(believable, rules_.listing);
    if (known->second.is_listed && known->second.listing == rules_.listing) ++confirmed_;
    writer_.confirm(known->second, believable);
  }

  /// What is worth an event although the row is good.
  void note_oddities(const InstanceType& type) {
    for (const Price& price : type.prices) {
      if (price.amount) continue;
      problems_.report(type_problem("price_suspect", type.id.str(), price_field(price.usage_class)),
                       "the vendor states no believable price");
    }
    for (const Gpu& gpu : type.gpus) {
      if (gpu.name == last_gpu_name_ || gpu.name.empty()) continue;  // rows of one type come together
      last_gpu_name_ = gpu.name;
      if (!gpu_names_.insert(gpu.name).second || normalize_gpu(gpu.name).is_known) continue;
      problems_.report({"unknown_gpu", "credential", rules_.credential.str(), gpu.name},
                       "first seen on " + type.id.str());
    }
  }

  void judge_absences(const ListingMemory& memory) {
    std::vector<const KnownType*> listed;
    listed.reserve(confirmed_);
    for (const auto& [id, known] : writer_.known().rows) {
      if (known.is_listed && known.listing == rules_.listing) listed.push_back(&known);
    }
    if (listed.size() == confirmed_ && memory.held_passes.empty()) return;  // everybody is here

    std::vector<const KnownType*> absent;
    AbsenceCount count;
    for (const KnownType* known : listed) {
      const auto sighting = sightings_.find(known->row->id.str());
      const bool is_absent = sighting == sightings_.end();
      if (is_absent) {
        absent.push_back(known);
      } else if (sighting->second.verdict != Verdict::accepted) {
        writer_.unconfirm(*known, rules_.previous_success);
      }
      count.add(known->row->location, is_absent);
    }
    if (has_anonymous_) {  // one of them may be the unreadable row: nobody is unlisted by this answer
      for (const KnownType* known : absent) writer_.unconfirm(*known, rules_.previous_success);
      return;
    }
    unlist_unless_held(std::move(absent), count, memory.held_passes);
  }

  void unlist_unless_held(std::vector<const KnownType*> absent, const AbsenceCount& count,
                          const std::map<std::string, int>& held_before) {
    std::sort(absent.begin(), absent.end(), [](const auto* a, const auto* b) { return a->row->id < b->row->id; });
    std::map<std::string, int> held_passes = held_before;
    const std::set<std::string> held = count.judge(held_passes, writer_.changes().events);
    if (held_passes != held_before) {
      writer_.changes().held_passes = held_passes;
      writer_.next().listings[rules_.listing].held_passes = std::move(held_passes);
    }
    for (const KnownType* known : absent) {
      if (held.contains(known->row->location)) {
        writer_.unconfirm(*known, rules_.previous_success);
      } else {
        writer_.unlist(*known, rules_.previous_success);
        unlisted_.insert(known->row->id.str());
      }
    }
  }

  void settle_problems(const ListingMemory& memory) {
    for (const ProblemKey& key : memory.problems) {
      if (key.kind == "id_missing") problems_.keep(key);  // check_stable_ids decides on these
      if (key.kind == "price_suspect" && !was_accepted(key.subject_id) && !unlisted_.contains(key.subject_id)) {
        problems_.keep(key);  // the row keeps its old values, and with them what is wrong with them
      }
    }
    std::set<ProblemKey> lasting = std::move(problems_).settle(memory.problems, writer_.changes());
    if (lasting != memory.problems) writer_.next().listings[rules_.listing].problems = std::move(lasting);
    writer_.changes().problem_listing = rules_.listing;
  }

  [[nodiscard]] bool was_accepted(const std::string& id) const {
    const auto at = sightings_.find(id);
    return at != sightings_.end() && at->second.verdict == Verdict::accepted;
  }

  TypeWriter& writer_;
  const TypeRules& rules_;
  ProblemLedger problems_;
  std::unordered_map<std::string_view, Sighting> sightings_;  // by ID; views into the answer
  std::vector<Sighting*> distinct_;                           // those with a row, in the vendor's order
  std::unordered_set<std::string_view> unlisted_;
  std::unordered_set<std::string_view> gpu_names_;
  std::string_view last_gpu_name_;
  std::size_t confirmed_ = 0;  // known, listed here, accepted now
  bool has_anonymous_ = false;
  bool has_problems_ = false;  // of this listing, from before
};

}  // namespace

Diff<KnownTypes> diff_types(const std::shared_ptr<const KnownTypes>& known, const Listing<InstanceType>& seen,
                            const TypeRules& rules, Timestamp now) {
  TypeWriter writer(known, now);
  TypePass(writer, rules).run(seen);
  return std::move(writer).finish();
}

Diff<KnownTypes> unlist_location(const std::shared_ptr<const KnownTypes>& known, const ListingKey& listing,
                                 Timestamp previous_success, Timestamp now) {
  TypeWriter writer(known, now);
  for (const auto& [id, type] : known->rows) {
    if (type.listing == listing && type.is_listed) writer.unlist(type, previous_success);
  }
  writer.changes().problem_listing = listing;
  return std::move(writer).finish();
}

Diff<KnownTypes> check_stable_ids(const std::shared_ptr<const KnownTypes>& known,
                                  const std::vector<InstanceTypeId>& stable_ids, Timestamp now) {
  const ListingKey account{SyncerKind::instance_types, ""};
  TypeWriter writer(known, now);
  ProblemLedger problems;
  std::set<ProblemKey> before;
  const auto memory = known->listings.find(account);
  if (memory != known->listings.end()) before = memory->second.problems;
  for (const ProblemKey& key : before) {
    if (key.kind != "id_missing") problems.keep(key);
  }
  for (const InstanceTypeId& id : stable_ids) {
    const auto type = known->rows.find(id);
    if (type != known->rows.end() && type->second.is_listed) continue;
    problems.report(type_problem("id_missing", id.str()), "a designated ID is not on offer");
  }
  std::set<ProblemKey> lasting = std::move(problems).settle(before, writer.changes());
  if (lasting != before) writer.next().listings[account].problems = std::move(lasting);
  writer.changes().problem_listing = account;
  return std::move(writer).finish();
}

}  // namespace tally
