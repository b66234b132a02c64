#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "cloud/gpu.hpp"
#include "cloud/merge.hpp"
#include "syncers/diff/answer_checks.hpp"
#include "syncers/diff/breaker.hpp"
#include "syncers/diff/claims.hpp"
#include "syncers/diff/clean_rows.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/diff/fields.hpp"
#include "syncers/diff/type_checks.hpp"
#include "tally/next_known.hpp"
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

constexpr const char* list_types = "list instance types";

ProblemKey type_problem(std::string kind, const std::string& id, std::string value = "") {
  return {std::move(kind), "instance_type", id, std::move(value)};
}

using TypeListing = KnownListing<KnownType>;

/// What is known of one listing, and how one pass changes it. The copy of the known rows is made at the first change:
/// an unchanged pass costs none.
class TypeWriter {
 public:
  TypeWriter(std::shared_ptr<const KnownTypes> account, ListingKey listing, Timestamp now, TimePoint began = {})
      : next_(std::move(account)),
        listing_(std::move(listing)),
        known_(next_.last().of(listing_)),
        now_(now),
        began_(began) {
    changes_.at = now;
    changes_.problem_listing = listing_;
  }

  [[nodiscard]] const TypeListing& known() const { return known_; }
  [[nodiscard]] const KnownTypes& account() const { return next_.last(); }
  [[nodiscard]] Timestamp now() const { return now_; }
  ChangeSet& changes() { return changes_; }

  void add(const Row<InstanceType>& row) {
    KnownType added;
    added.row = row;
    added.listing = listing_;
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
      changes_.events.push_back(with_change(type_event("type_relisted", row->id), {"is_listed", "0", "1"}));
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
  void hold(const Row<InstanceType>& row) {
    KnownType held = *next().find(row->id);
    held.row = row;
    next().put(std::move(held));
  }

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
    changes_.events.push_back(with_change(type_event("type_unlisted", row.id), {"is_listed", "1", "0"}));
    add_changes(*before.row, row);
    after.row = std::make_shared<const InstanceType>(std::move(row));
    write(std::move(after));
  }

  /// Unlisted long ago: the catalog keeps it, and nothing is compared with it any more.
  void forget(const InstanceTypeId& id) { next().erase(id); }

  TypeListing& next() { return next_.of(listing_); }
  [[nodiscard]] bool is_changed() const { return next_.is_changed() || !changes_.empty(); }

  Diff<KnownTypes> finish() && { return {std::move(changes_), std::move(next_).finish()}; }

 private:
  void add_changes(const InstanceType& before, const InstanceType& after) {
    add_change_events(type_event("type_changed", after.id), changed_fields(before, after), changes_.events);
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
    row.told_at = began_;
    next().put(std::move(row));
  }
  void write(KnownType row) {
    row.told_at = began_;
    changes_.types.push_back(row);
    remember(std::move(row));
  }

  NextKnown<KnownType> next_;
  const ListingKey listing_;
  const TypeListing& known_;
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
        problems_(writer.known().problems, Subject::of(rules.credential), rules.redactor),
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
    return std::nullopt;
  }

  /// Whether the same answer, compared with the same rows of its listing, would change nothing again.
  [[nodiscard]] bool is_settled() const { return !writer_.is_changed() && !depends_on_more_; }

 private:
  using Verdict = Sighting::Verdict;

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
    report_rejected(rows, "instance_type", problems_);
    for (const Rejected& row : rows) {
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
    const KnownType* known = writer_.known().find(row->id);
    if (known == nullptr) {
      if (const KnownType* owned = writer_.account().find(row->id)) return refuse(sighting, claim_on(*owned));
    }
    if (known != nullptr && !rules_.can_tell(known->told_at)) return leave(sighting, *known);
    if (known != nullptr && known->row == row && problems_.before().empty()) {  // the object that was found good before
      return accept(sighting, known, row);
    }
    if (std::optional<TypeFault> fault =
            find_fault(*row, known != nullptr ? known->row.get() : nullptr, rules_.redactor)) {
      problems_.report(type_problem(std::move(fault->kind), row->id.str()), std::move(fault->detail));
      sighting.verdict = Verdict::refused;
      return;
    }
    const Row<InstanceType> believable = with_believable_prices(row, rules_.sells_for_free);
    note_oddities(*believable);
    const bool is_same = known != nullptr && *known->row == *believable;
    accept(sighting, known, is_same ? believable : cleaned(believable, rules_.redactor));
    if (is_same && believable == row && known->row != row) writer_.hold(row);
  }

  void leave(Sighting& sighting, const KnownType& known) {
    sighting.verdict = Verdict::accepted;
    depends_on_more_ = true;
    if (known.is_listed) ++confirmed_;
  }

  void refuse(Sighting& sighting, Claim claim) {
    sighting.verdict = Verdict::refused;
    depends_on_more_ = true;
    problems_.report(type_problem(std::move(claim.kind), sighting.row->get()->id.str()), std::move(claim.detail));
  }

  void accept(Sighting& sighting, const KnownType* known, const Row<InstanceType>& row) {
    sighting.verdict = Verdict::accepted;
    if (known == nullptr) return writer_.add(row);
    if (known->is_listed) ++confirmed_;
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
      if (!gpu_names_.insert(gpu.name).second || is_known_gpu(gpu.name)) continue;
      problems_.report({"unknown_gpu", "credential", rules_.credential.str(), gpu.name},
                       "first seen on " + type.id.str());
    }
  }

  void report_odd(const std::vector<Odd>& fields) {
    for (const Odd& odd : fields) problems_.report(type_problem("odd_field", odd.id, odd.field), odd.reason);
  }

  /// False when that took too long.
  bool sort_known() {
    for (const KnownType& known : writer_.known()) {
      if (limit_.is_over()) return false;
      if (known.is_listed) {
        listed_.push_back(&known);
      } else if (!sightings_.contains(known.row->id.str())) {
        unlisted_before_.push_back(&known);
      }
    }
    return true;
  }

  void judge_absences() {
    if (listed_.size() == confirmed_) return;  // everybody is here
    std::vector<const KnownType*> absent;
    for (const KnownType* known : listed_) {
      if (!rules_.can_tell(known->told_at)) {
        depends_on_more_ = true;
        continue;
      }
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
    const std::size_t elsewhere = writer_.account().gone() - writer_.known().gone();
    const std::size_t gone = elsewhere + unlisted_before_.size();
    if (unlisted_before_.empty() || gone < limits::gone_rows_known) return;
    const std::size_t excess = std::min(unlisted_before_.size(), gone - limits::gone_rows_known);
    const auto last = unlisted_before_.begin() + static_cast<std::ptrdiff_t>(excess);
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
    if (lasting != before) writer_.next().problems = std::move(lasting);
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
  std::vector<const KnownType*> listed_;                      // known
  std::vector<const KnownType*> unlisted_before_;             // known, and not in this answer
  std::unordered_set<std::string_view> unlisted_;             // now; views into what is known
  std::unordered_set<std::string> gpu_names_;                 // of rows that may be copies: they end before this does
  std::string last_gpu_name_;
  std::size_t confirmed_ = 0;  // known, listed here, accepted now
  bool has_anonymous_ = false;
  bool depends_on_more_ = false;  // than this listing's rows: on others', on when it began
};

}  // namespace

Result<Diff<KnownTypes>> diff_types(const std::shared_ptr<const KnownTypes>& known, const Answer<InstanceType>& seen,
                                    const TypeRules& rules, Timestamp now, WorkLimit limit) {
  TypeWriter writer(known, rules.listing, now, rules.began);
  TypePass pass(writer, rules, limit);
  if (std::optional<Error> error = pass.run(seen)) return tl::unexpected(std::move(*error));
  const bool is_settled = pass.is_settled();
  Diff<KnownTypes> diff = std::move(writer).finish();
  if (diff.next->size() > limits::rows_per_account) {
    return tl::unexpected(too_many_known(list_types, diff.next->size()));
  }
  if (is_settled) diff.settled_until = Timestamp::max();
  return diff;
}

std::vector<ListingKey> listings_in_use(const KnownTypes& known, const std::vector<ListingKey>& listings) {
  std::vector<ListingKey> used;
  std::copy_if(listings.begin(), listings.end(), std::back_inserter(used), [&known](const ListingKey& key) {
    const TypeListing& listing = known.of(key);
    return listing.gone() < listing.size() || !listing.problems.empty();
  });
  return used;
}

Diff<KnownTypes> unlist_location(const std::shared_ptr<const KnownTypes>& known, const ListingRules& rules,
                                 Timestamp now) {
  TypeWriter writer(known, rules.listing, now, rules.began);
  for (const KnownType& type : writer.known()) {
    if (type.is_listed) writer.unlist(type, rules.previous_success);
  }
  if (!writer.known().problems.empty()) {
    ProblemLedger(writer.known().problems, Subject::of(rules.credential)).settle(writer.changes());
    writer.next().problems.clear();
  }
  return std::move(writer).finish();
}

Diff<KnownTypes> check_stable_ids(const std::shared_ptr<const KnownTypes>& known, const CredentialRef& credential,
                                  const std::vector<InstanceTypeId>& stable_ids, Timestamp now) {
  TypeWriter writer(known, {SyncerKind::instance_types, ""}, now);
  const std::set<ProblemKey>& before = writer.known().problems;
  ProblemLedger problems(before, Subject::of(credential));
  for (const ProblemKey& key : before) {
    if (key.kind != "id_missing") problems.keep(key);
  }
  for (const InstanceTypeId& id : stable_ids) {
    const KnownType* type = known->find(id);
    if (type != nullptr && type->is_listed) continue;
    problems.report(type_problem("id_missing", id.str()), "a designated ID is not on offer");
  }
  std::set<ProblemKey> lasting = std::move(problems).settle(writer.changes());
  if (lasting != before) writer.next().problems = std::move(lasting);
  return std::move(writer).finish();
}

}  // namespace tally
