#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "cloud/gpu.hpp"
#include "cloud/merge.hpp"
#include "syncers/diff/answer_checks.hpp"
#include "syncers/diff/breaker.hpp"
#include "syncers/diff/clean_rows.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/diff/fields.hpp"
#include "syncers/diff/type_checks.hpp"
#include "tally/problem_ledger.hpp"

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

constexpr const char* list_types = "list instance types";

ProblemKey type_problem(std::string kind, const std::string& id, std::string value = "") {
  return {std::move(kind), "instance_type", id, std::move(value)};
}

/// What is known of the account, and how one pass changes it. The copy of the known rows is made at the first change:
/// an unchanged pass costs none.
class TypeWriter {
 public:
  TypeWriter(std::shared_ptr<const KnownTypes> known, Timestamp now, TimePoint began = {})
      : known_(std::move(known)), now_(now), began_(began) {
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
    after.absences = 0;
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

  /// The vendor's own object, which says the same as what is known: then memory holds it once, and it is recognised
  /// when it comes again.
  void hold(const Row<InstanceType>& row) { next().rows.at(row->id).row = row; }

  /// The row stays as it is but is not vouched for any more; `vouched_until` is when it last was. `absences` are not
  /// stored: after a restart they are counted anew.
  void unconfirm(const KnownType& before, Timestamp vouched_until, int absences) {
    if (!before.is_listed || (!before.is_confirmed && before.absences == absences)) return;
    KnownType after = before;
    after.absences = absences;
    after.is_confirmed = false;
    if (!before.is_confirmed) return remember(std::move(after));
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
    after.absences = 0;
    changes_.events.push_back(field_event("type_unlisted", row.id, {"is_listed", "1", "0"}));
    add_changes(*before.row, row);
    after.row = std::make_shared<const InstanceType>(std::move(row));
    write(std::move(after));
  }

  /// Unlisted long ago: the catalog keeps it, and nothing is compared with it any more.
  void forget(const InstanceTypeId& id) { next().rows.erase(id); }

  [[nodiscard]] std::size_t rows_known() const { return next_ ? next_->rows.size() : known_->rows.size(); }

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

  void remember(KnownType row) {
    InstanceTypeId id = row.row->id;
    row.told_at = began_;
    next().rows[std::move(id)] = std::move(row);
  }
  void write(KnownType row) {
    row.told_at = began_;
    changes_.types.push_back(row);
    remember(std::move(row));
  }

  std::shared_ptr<const KnownTypes> known_;
  std::shared_ptr<KnownTypes> next_;
  ChangeSet changes_;
  Timestamp now_;
  TimePoint began_;
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
  TypePass(TypeWriter& writer, const TypeRules& rules, WorkLimit limit)
      : writer_(writer),
        rules_(rules),
        limit_(limit),
        problems_(remembered(writer.known(), rules.listing), Subject::of(rules.credential), rules.redactor),
        breaker_(Subject::of(rules.credential)) {}

  /// Nothing when it was done.
  std::optional<Error> run(const Answer<InstanceType>& seen) {
    if (auto refusal = find_refusal(seen, list_types, limits::rows_per_listing)) return refusal;
    collect(seen.rows);
    take_rejected(seen.rejected);
    for (Sighting* sighting : distinct_) {
      if (limit_.is_over()) return too_slow(list_types);
      take(*sighting);
    }
    report_odd(seen.odd);
    if (!sort_known()) return too_slow(list_types);
    judge_absences();
    forget_oldest();
    settle_problems();
    if (writer_.rows_known() > limits::rows_per_account) return too_many_known(list_types, writer_.rows_known());
    return std::nullopt;
  }

 private:
  using Verdict = Sighting::Verdict;

  static std::set<ProblemKey> remembered(const KnownTypes& known, const ListingKey& listing) {
    const auto at = known.listings.find(listing);
    return at == known.listings.end() ? std::set<ProblemKey>() : at->second.problems;
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
    if (is_known && !rules_.can_tell(known->second.told_at)) return leave(sighting, known->second);
    if (is_known && known->second.row == row && problems_.before().empty()) {  // the object that was found good before
      return accept(sighting, &known->second, row);
    }
    if (std::optional<TypeFault> fault =
            find_fault(*row, is_known ? known->second.row.get() : nullptr, rules_.redactor)) {
      problems_.report(type_problem(std::move(fault->kind), row->id.str()), std::move(fault->detail));
      sighting.verdict = Verdict::refused;
      return;
    }
    const Row<InstanceType> believable = with_believable_prices(row, rules_.sells_for_free);
    note_oddities(*believable);
    const bool is_same = is_known && *known->second.row == *believable;
    accept(sighting, is_known ? &known->second : nullptr, is_same ? believable : cleaned(believable, rules_.redactor));
    if (is_same && believable == row && known->second.row != row) writer_.hold(row);
  }

  void leave(Sighting& sighting, const KnownType& known) {
    sighting.verdict = Verdict::accepted;
    if (known.is_listed && known.listing == rules_.listing) ++confirmed_;
  }

  void accept(Sighting& sighting, const KnownType* known, const Row<InstanceType>& row) {
    sighting.verdict = Verdict::accepted;
    if (known == nullptr) return writer_.add(row, rules_.listing);
    if (known->is_listed && known->listing == rules_.listing) ++confirmed_;
    writer_.confirm(*known, row);
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

  void report_odd(const std::vector<Odd>& fields) {
    for (const Odd& odd : fields) problems_.report(type_problem("odd_field", odd.id, odd.field), odd.reason);
  }

  /// False when that took too long.
  bool sort_known() {
    for (const auto& [id, known] : writer_.known().rows) {
      if (limit_.is_over()) return false;
      if (!known.is_listed) {
        if (!sightings_.contains(id.str())) unlisted_before_.push_back(&known);
      } else if (known.listing == rules_.listing) {
        listed_.push_back(&known);
      }
    }
    return true;
  }

  void judge_absences() {
    if (listed_.size() == confirmed_) return;  // everybody is here
    std::vector<const KnownType*> absent;
    for (const KnownType* known : listed_) {
      if (!rules_.can_tell(known->told_at)) continue;
      const auto sighting = sightings_.find(known->row->id.str());
      if (sighting == sightings_.end()) {
        absent.push_back(known);
      } else if (sighting->second.verdict != Verdict::accepted) {
        writer_.unconfirm(*known, rules_.previous_success, 0);
      }
      breaker_.add(known->row->location, sighting == sightings_.end() ? known->absences + 1 : 0);
    }
    if (has_anonymous_) {  // one of them may be the unreadable row: nobody is unlisted by this answer
      for (const KnownType* known : absent) writer_.unconfirm(*known, rules_.previous_success, known->absences);
      return;
    }
    breaker_.report(problems_.before(), problems_, writer_.changes().events);
    std::sort(absent.begin(), absent.end(), [](const auto* a, const auto* b) { return a->row->id < b->row->id; });
    for (const KnownType* known : absent) {
      if (breaker_.holds(known->row->location, known->absences + 1)) {
        writer_.unconfirm(*known, rules_.previous_success, known->absences + 1);
      } else {
        writer_.unlist(*known, rules_.previous_success);
        unlisted_.insert(known->row->id.str());
      }
    }
  }

  /// A vendor that makes up new IDs again and again must not fill the memory.
  void forget_oldest() {
    if (unlisted_before_.size() < limits::gone_rows_known) return;
    const auto last = unlisted_before_.end() - static_cast<std::ptrdiff_t>(limits::gone_rows_known);
    std::nth_element(unlisted_before_.begin(), last, unlisted_before_.end(),
                     [](const auto* a, const auto* b) { return a->changed_at < b->changed_at; });
    for (auto at = unlisted_before_.begin(); at != last; ++at) writer_.forget((*at)->row->id);
    problems_.report({"rows_forgotten", "credential", rules_.credential.str(), ""},
                     fmt::format("{} unlisted types: of older ones only the catalog knows", limits::gone_rows_known));
  }

  void settle_problems() {
    for (const ProblemKey& key : problems_.before()) {
      if (lasts_unseen(key)) problems_.keep(key);
    }
    std::set<ProblemKey> before = problems_.before();
    std::set<ProblemKey> lasting = std::move(problems_).settle(writer_.changes());
    if (lasting != before) writer_.next().listings[rules_.listing].problems = std::move(lasting);
    writer_.changes().problem_listing = rules_.listing;
  }

  /// Whether the problem goes on although this answer says nothing of it.
  [[nodiscard]] bool lasts_unseen(const ProblemKey& key) const {
    if (key.kind == "id_missing") return true;  // check_stable_ids decides on these
    if (is_breaker_problem(key)) return has_anonymous_;
    // The row keeps its old values, and with them what is wrong with them.
    const bool is_of_the_values = key.kind == "price_suspect" || key.kind == "odd_field";
    return is_of_the_values && key.subject_kind == "instance_type" && !was_accepted(key.subject_id) &&
           !unlisted_.contains(key.subject_id);
  }

  [[nodiscard]] bool was_accepted(const std::string& id) const {
    const auto at = sightings_.find(id);
    return at != sightings_.end() && at->second.verdict == Verdict::accepted;
  }

  TypeWriter& writer_;
  const TypeRules& rules_;
  WorkLimit limit_;
  ProblemLedger problems_;
  Breaker breaker_;
  std::unordered_map<std::string_view, Sighting> sightings_;  // by ID; views into the answer, which outlives the pass
  std::vector<Sighting*> distinct_;                           // those with a row, in the vendor's order
  std::vector<const KnownType*> listed_;                      // known, by this listing
  std::vector<const KnownType*> unlisted_before_;             // known, by any listing, and not in this answer
  std::unordered_set<std::string_view> unlisted_;             // now; views into what is known
  std::unordered_set<std::string> gpu_names_;                 // of rows that may be copies: they end before this does
  std::string last_gpu_name_;
  std::size_t confirmed_ = 0;  // known, listed here, accepted now
  bool has_anonymous_ = false;
};

}  // namespace

Result<Diff<KnownTypes>> diff_types(const std::shared_ptr<const KnownTypes>& known, const Answer<InstanceType>& seen,
                                    const TypeRules& rules, Timestamp now, WorkLimit limit) {
  TypeWriter writer(known, now, rules.began);
  if (std::optional<Error> error = TypePass(writer, rules, limit).run(seen)) return tl::unexpected(std::move(*error));
  return std::move(writer).finish();
}

std::vector<ListingKey> listings_in_use(const KnownTypes& known, const std::vector<ListingKey>& listings) {
  std::set<ListingKey> wanted(listings.begin(), listings.end());
  std::set<ListingKey> used;
  for (const auto& [id, type] : known.rows) {
    if (type.is_listed && wanted.contains(type.listing)) used.insert(type.listing);
  }
  for (const auto& [listing, memory] : known.listings) {
    if (!memory.problems.empty() && wanted.contains(listing)) used.insert(listing);
  }
  return {used.begin(), used.end()};
}

Diff<KnownTypes> unlist_location(const std::shared_ptr<const KnownTypes>& known, const ListingRules& rules,
                                 Timestamp now) {
  TypeWriter writer(known, now, rules.began);
  for (const auto& [id, type] : known->rows) {
    if (type.listing == rules.listing && type.is_listed) writer.unlist(type, rules.previous_success);
  }
  const auto memory = known->listings.find(rules.listing);
  if (memory != known->listings.end()) {
    ProblemLedger(memory->second.problems, Subject::of(rules.credential)).settle(writer.changes());
    writer.next().listings.erase(rules.listing);
  }
  writer.changes().problem_listing = rules.listing;
  return std::move(writer).finish();
}

Diff<KnownTypes> check_stable_ids(const std::shared_ptr<const KnownTypes>& known, const CredentialRef& credential,
                                  const std::vector<InstanceTypeId>& stable_ids, Timestamp now) {
  const ListingKey account{SyncerKind::instance_types, ""};
  TypeWriter writer(known, now);
  std::set<ProblemKey> before;
  const auto memory = known->listings.find(account);
  if (memory != known->listings.end()) before = memory->second.problems;
  ProblemLedger problems(before, Subject::of(credential));
  for (const ProblemKey& key : before) {
    if (key.kind != "id_missing") problems.keep(key);
  }
  for (const InstanceTypeId& id : stable_ids) {
    const auto type = known->rows.find(id);
    if (type != known->rows.end() && type->second.is_listed) continue;
    problems.report(type_problem("id_missing", id.str()), "a designated ID is not on offer");
  }
  std::set<ProblemKey> lasting = std::move(problems).settle(writer.changes());
  if (lasting != before) writer.next().listings[account].problems = std::move(lasting);
  writer.changes().problem_listing = account;
  return std::move(writer).finish();
}

}  // namespace tally
