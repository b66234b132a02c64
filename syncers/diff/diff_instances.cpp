#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <unordered_set>

#include "cloud/merge.hpp"
#include "runtime/contains.hpp"
#include "syncers/diff/answer_checks.hpp"
#include "syncers/diff/claims.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/diff/fields.hpp"
#include "syncers/diff/instance_absences.hpp"
#include "syncers/diff/instance_checks.hpp"
#include "tally/next_known.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {
namespace {

constexpr int absences_until_ended = 2;  // where nobody could be asked
constexpr std::chrono::minutes asking_may_fail{30};
constexpr int absences_while_asking_fails = 10;
constexpr std::chrono::hours ended_stay_known{24};  // longer than any vendor's answers contradict each other
constexpr const char* list_instances = "list instances";

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

/// What one pass's questions by ID say of the instances that nobody asked for.
struct Asking {
  bool fails = false;        // an answer failed: nobody knows what the others would have been
  bool contradicts = false;  // one that the listing lacks is there: the listing is not complete after all

  explicit Asking(const Witnesses& witnesses) {
    for (const auto& [id, answer] : witnesses) {
      contradicts = contradicts || (answer && !is_ended(**answer));
      fails = fails || is_failure(answer);
    }
  }

  static bool is_failure(const Result<Row<Instance>>& answer) {
    return !answer && answer.error().kind != Errc::instance_not_found && answer.error().kind != Errc::not_implemented;
  }
};

/// One complete answer of one listing, step by step.
class InstancePass {
 public:
  InstancePass(std::shared_ptr<const KnownInstances> account, const Witnesses& witnesses, const InstanceRules& rules,
               Timestamp now, WorkLimit limit)
      : next_(std::move(account)),
        known_(next_.last().of(rules.listing)),
        witnesses_(witnesses),
        asking_(witnesses),
        rules_(rules),
        now_(now),
        limit_(limit),
        problems_(known_.problems, Subject::of(rules.credential), rules.redactor) {
    changes_.at = now;
    changes_.problem_listing = rules.listing;
  }

  Result<Diff<KnownInstances>> run(const Answer<Instance>& listing) && {
    if (auto refusal = find_refusal(listing, list_instances, limits::rows_per_listing)) {
      return tl::unexpected(std::move(*refusal));
    }
    const Sightings seen(listing);
    report_rejected(listing.rejected, "instance", problems_);
    for (const Row<Instance>* row : seen.rows()) {
      if (limit_.is_over()) return tl::unexpected(too_slow(list_instances));
      if (seen.is_duplicate((*row)->cloud_id.str())) {
        problems_.report(instance_problem("duplicate_id", (*row)->cloud_id.str()),
                         "different rows have this ID in one answer");
      } else {
        see(*row);
      }
    }
    for (const Odd& odd : listing.odd) problems_.report(instance_problem("odd_field", odd.id, odd.field), odd.reason);
    if (!look_through_known(seen)) return tl::unexpected(too_slow(list_instances));
    judge_absences(seen);
    keep_problems(seen);
    const bool is_everybody_read = unread_.empty() && problems_.before().empty();
    settle_problems();
    if (is_everybody_read && changes_.empty() && !next_.is_changed()) settled_until_ = nobody_is_forgotten_until_;
    return finish();
  }

  /// What nobody said anything of stays as it is, its problems too.
  Result<Diff<KnownInstances>> run(const InstanceNews& news) && {
    for (const ProblemKey& key : problems_.before()) problems_.keep(key);
    is_news_ = true;
    if (const auto* gone = std::get_if<InstanceGone>(&news.what)) {
      const KnownInstance* known = known_.find(gone->id);
      if (known != nullptr && !known->ended_at) end(*known, gone->why);
    } else {
      see(std::get<Row<Instance>>(news.what));
    }
    if (!refusal_.empty()) return tl::unexpected(unbelievable(list_instances, refusal_));
    settle_problems();
    return finish();
  }

 private:
  Result<Diff<KnownInstances>> finish() {
    std::shared_ptr<const KnownInstances> after = std::move(next_).finish();
    if (after->size() > limits::rows_per_account) {
      return tl::unexpected(too_many_known(list_instances, after->size()));
    }
    return Diff<KnownInstances>{std::move(changes_), std::move(after), settled_until_};
  }

  void see(const Row<Instance>& row) {
    const KnownInstance* known = known_.find(row->cloud_id);
    if (known == nullptr) {
      if (const KnownInstance* owned = next_.last().find(row->cloud_id)) return refuse(row, claim_on(*owned));
    }
    if (known != nullptr && !rules_.can_tell(known->told_at)) {
      unread_.insert(row->cloud_id.str());
      return;
    }
    if (known != nullptr && known->answer == row && is_settled(*known)) return check_type_id(*known);
    std::optional<InstanceReading> reading = read_instance(row, rules_.sells_for_free, rules_.redactor);
    if (!reading) return refuse(row, {"row_rejected", "what identifies the row holds a secret of the credential"});
    report_oddities(*reading);
    if (known == nullptr) {
      add(*reading, row);
    } else {
      update(*known, *reading, row, true);
    }
  }

  /// Whether the row that was read last needs no second look.
  [[nodiscard]] bool is_settled(const KnownInstance& known) const {
    return known.is_confirmed && known.absences == 0 && !known.is_known_by_id && !known.is_disputed &&
           (known.row->price || !type_price(*known.row));
  }

  void refuse(const Row<Instance>& row, Claim why) {
    refused_.insert(row->cloud_id.str());
    refusal_ = why.detail;
    problems_.report(instance_problem(std::move(why.kind), row->cloud_id.str()), std::move(why.detail));
  }

  void report_oddities(const InstanceReading& reading) {
    const std::string& id = reading.row->cloud_id.str();
    if (reading.is_price_suspect) {
      problems_.report(instance_problem("price_suspect", id, "price_nanos"), "the vendor states no believable price");
    }
    for (const std::string& field : reading.odd) {
      problems_.report(instance_problem("odd_field", id, field), "the vendor states a value that cannot be");
    }
    if (!reading.row->status) {
      problems_.report(instance_problem("unknown_status", id, reading.row->provider_status),
                       "the provider reports a status that has no meaning here; the last known one is kept");
    }
  }

  static bool is_odd(const InstanceReading& reading) {
    return reading.is_price_suspect || !reading.odd.empty() || !reading.row->status;
  }

  void add(const InstanceReading& reading, const Row<Instance>& answer) {
    KnownInstance added;
    Instance instance = *reading.row;
    if (!instance.price) instance.price = type_price(instance);
    added.row = held_once(std::make_shared<const Instance>(std::move(instance)), reading.row);
    added.answer = answer;
    added.listing = rules_.listing;
    added.status = added.row->status.value_or(LifecycleStatus::pending);
    added.is_disputed = is_odd(reading);
    added.first_seen_at = added.status_since = added.seen_at = now_;
    added.born = rules_.is_first() && !is_news_ ? rules_.at - rules_.grace : rules_.at;
    if (is_ended(*added.row)) added.ended_at = now_;
    Event event = instance_event("instance_added", added.row->cloud_id);
    event.detail = tracked_fields(*added.row, added.status);
    changes_.events.push_back(std::move(event));
    changes_.statuses.push_back({added.row->cloud_id, added.status});
    check_type_id(added);
    write(std::move(added));
  }

  /// The vendor's own object where it says the same: then memory holds it once.
  static Row<Instance> held_once(const Row<Instance>& row, const Row<Instance>& reading) {
    return *row == *reading ? reading : row;
  }

  /// `is_listed`: the row is the listing's; else it is what the provider says by the ID.
  void update(const KnownInstance& before, const InstanceReading& reading, const Row<Instance>& answer,
              bool is_listed) {
    MergedInstance merged = merge(*before.row, *reading.row);
    if (!merged.instance.price) merged.instance.price = type_price(merged.instance);
    for (const std::string& field : merged.conflicts) {
      problems_.report(instance_problem("id_changed", before.row->cloud_id.str(), field),
                       "the provider states another " + field + " than before; the first one is kept");
    }
    KnownInstance after = before;
    after.answer = answer;
    after.is_disputed = !merged.conflicts.empty() || is_odd(reading);
    after.is_confirmed = true;
    forget_absences(after);
    after.is_known_by_id = !is_listed;
    after.status = reading.row->status.value_or(before.status);
    if (before.ended_at && is_ended(*reading.row)) after.status = before.status;  // it has ended, whatever of
    merged.instance.status = after.status == before.status ? before.row->status : reading.row->status;
    const bool is_same = merged.instance == *before.row && after.status == before.status;
    if (!is_same) {
      add_change_events(instance_event("instance_changed", before.row->cloud_id),
                        changed_fields(*before.row, merged.instance), changes_.events);
      after.row = std::make_shared<const Instance>(std::move(merged.instance));
      set_status(before, after, "the provider reports it");
    }
    after.row = held_once(after.row, reading.row);
    check_type_id(after);
    if (is_same && before.is_confirmed && before.absences == 0) {
      remember(std::move(after));
      return;
    }
    after.seen_at = now_;
    write(std::move(after));
  }

  void set_status(const KnownInstance& before, KnownInstance& after, std::string why) {
    const bool ends = is_ended(after.status) || is_ended(*after.row);
    if (before.status == after.status && ends == before.ended_at.has_value()) return;
    after.status_since = now_;
    after.ended_at = ends ? std::optional(now_) : std::nullopt;
    Event event = with_change(instance_event(ends ? "instance_ended" : "instance_changed", after.row->cloud_id),
                              {"status", std::string(to_string(before.status)), std::string(to_string(after.status))});
    if (ends) event.detail = std::move(why);
    changes_.events.push_back(std::move(event));
    changes_.statuses.push_back({after.row->cloud_id, after.status});
  }

  /// Rows that the answer says nothing certain about, and those that are history. False when that took too long.
  bool look_through_known(const Sightings& seen) {
    std::vector<std::pair<Timestamp, const KnownInstance*>> gone;  // ended then, and not listed any more
    for (const KnownInstance& known : known_) {
      if (limit_.is_over()) return false;
      const CloudId& id = id_of(known);
      if (!rules_.can_tell(known.told_at)) {
        unread_.insert(id.str());
        continue;
      }
      if (!known.ended_at && (seen.is_uncertain(id.str()) || refused_.contains(id.str()))) {
        unconfirm(known, 0);
      } else if (known.ended_at && seen.is_absent(id.str()) && !seen.has_anonymous()) {
        gone.emplace_back(*known.ended_at, &known);
      }
    }
    const std::size_t ended = next_.last().gone();
    const std::size_t excess = ended > limits::gone_rows_known ? ended - limits::gone_rows_known : 0;
    std::sort(gone.begin(), gone.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < gone.size(); ++i) {
      const auto& [ended_at, known] = gone[i];
      if (i < excess || now_ - ended_at > ended_stay_known) {
        forget(*known);
      } else {
        nobody_is_forgotten_until_ = std::min(nobody_is_forgotten_until_, ended_at + ended_stay_known);
      }
    }
    if (ended >= limits::gone_rows_known) {
      problems_.report({"rows_forgotten", "credential", rules_.credential.str(), ""},
                       fmt::format("{} ended instances: of older ones only the catalog knows", ended));
    }
    return true;
  }

  void judge_absences(const Sightings& seen) {
    Breaker breaker(Subject::of(rules_.credential));
    const std::vector<const KnownInstance*> absent = find_absences(known_, seen, rules_, breaker);
    if (!seen.has_anonymous()) breaker.report(problems_.before(), problems_, changes_.events);
    for (const KnownInstance* known : absent) {
      if (seen.has_anonymous()) {
        unconfirm(*known, known->absences);
      } else if (is_young(*known, rules_, now_)) {
        unconfirm(*known, 0);
      } else if (breaker.holds(known->row->location, counted_absences(*known, seen))) {
        unconfirm(*known, known->absences + 1);
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
    const bool is_asked_in_vain = known.is_asked_in_vain || asking_.fails;
    if (is_asked_in_vain) return miss_in_vain(known);
    if (known.absences + 1 >= absences_until_ended && !asking_.contradicts) {
      return end(known, "gone: absent from two complete listings in a row");
    }
    unconfirm(known, known.absences + 1);
  }

  /// Whoever could say whether it is there does not answer.
  void miss_in_vain(const KnownInstance& known) {
    const auto missing = rules_.at - known.missing_since.value_or(rules_.at);
    const int absences = known.absences + 1;
    if (missing >= asking_may_fail && absences >= absences_while_asking_fails) {
      return end(known, fmt::format("gone: absent from {} complete listings over {} minutes; asking for it by ID "
                                    "failed all the while",
                                    absences, std::chrono::floor<std::chrono::minutes>(missing).count()));
    }
    unconfirm(known, absences, true);
  }

  /// Not listed, but the provider knows it by ID: its answer is the newest reading.
  void see_absent(const KnownInstance& known, const Row<Instance>& row) {
    const std::optional<InstanceReading> reading = read_instance(row, rules_.sells_for_free, rules_.redactor);
    if (!reading) return unconfirm(known, known.absences);
    report_oddities(*reading);
    update(known, *reading, row, false);
  }

  void end(const KnownInstance& before, std::string why) {
    KnownInstance after = before;
    after.status = LifecycleStatus::terminated;
    after.answer.reset();  // should the same row return, it is news
    forget_absences(after);
    if (before.is_confirmed) after.seen_at = std::max(before.seen_at, rules_.previous_success);
    after.is_confirmed = true;
    set_status(before, after, std::move(why));
    write(std::move(after));
  }

  /// It ended, and the vendor has stopped listing it: the catalog keeps it, and nothing is compared with it any more.
  void forget(const KnownInstance& before) {
    KnownInstance after = before;
    after.is_confirmed = false;
    changes_.instances.push_back(std::move(after));
    next().erase(id_of(before));
  }

  static void forget_absences(KnownInstance& row) {
    row.absences = 0;
    row.missing_since.reset();
    row.is_asked_in_vain = false;
  }

  /// Without an accepted reading. Only the first such answer is stored.
  void unconfirm(const KnownInstance& before, int absences, bool is_asked_in_vain = false) {
    unread_.insert(before.row->cloud_id.str());
    if (!before.is_confirmed && before.absences == absences) return;
    KnownInstance after = before;
    after.is_confirmed = false;
    if (absences == 0) {
      forget_absences(after);
      after.is_known_by_id = false;
    } else {
      after.absences = absences;
      after.missing_since = before.missing_since.value_or(rules_.at);
      after.is_asked_in_vain = before.is_asked_in_vain || is_asked_in_vain;
    }
    if (!before.is_confirmed) return remember(std::move(after));
    after.seen_at = std::max(before.seen_at, rules_.previous_success);
    write(std::move(after));
  }

  void check_type_id(const KnownInstance& known) {
    if (!rules_.types || known.ended_at || find_type(*known.row) != nullptr) return;
    problems_.report(instance_problem("unknown_type_id", known.row->cloud_id.str()),
                     known.row->instance_type_id.empty()
                         ? "the provider does not say what type it is"
                         : known.row->instance_type_id.str() + " is not in the catalog");
  }

  /// Most types are of the listing of the same location.
  [[nodiscard]] const KnownType* find_type(const Instance& instance) const {
    const KnownType* type =
        rules_.types->of({SyncerKind::instance_types, rules_.listing.location}).find(instance.instance_type_id);
    return type != nullptr ? type : rules_.types->find(instance.instance_type_id);
  }

  [[nodiscard]] std::optional<Money> type_price(const Instance& instance) const {
    const KnownType* type = rules_.types ? find_type(instance) : nullptr;
    if (type == nullptr) return std::nullopt;
    const Price* price = find_price(*type->row, instance.is_spot ? UsageClass::spot : UsageClass::on_demand);
    return price == nullptr ? std::nullopt : price->amount;
  }

  void keep_problems(const Sightings& seen) {
    constexpr std::array<std::string_view, 5> of_the_values = {"unknown_type_id", "unknown_status", "id_changed",
                                                               "price_suspect", "odd_field"};
    for (const ProblemKey& key : problems_.before()) {
      const bool is_of_the_values = contains(of_the_values, key.kind);
      if (is_of_the_values && unread_.contains(key.subject_id)) problems_.keep(key);
      if (is_breaker_problem(key) && seen.has_anonymous()) problems_.keep(key);
    }
  }

  void settle_problems() {
    const std::set<ProblemKey> before = problems_.before();
    std::set<ProblemKey> lasting = std::move(problems_).settle(changes_);
    if (lasting != before) next().problems = std::move(lasting);
  }

  KnownListing<KnownInstance>& next() { return next_.of(rules_.listing); }
  /// Known from now on; nothing of it is stored.
  void remember(KnownInstance row) {
    row.told_at = rules_.began;
    next().put(std::move(row));
  }
  void write(KnownInstance row) {
    row.told_at = rules_.began;
    changes_.instances.push_back(row);
    remember(std::move(row));
  }

  NextKnown<KnownInstance> next_;
  const KnownListing<KnownInstance>& known_;  // the listing, as it was
  const Witnesses& witnesses_;
  Asking asking_;
  const InstanceRules& rules_;
  Timestamp now_;
  WorkLimit limit_;
  ChangeSet changes_;
  ProblemLedger problems_;
  Timestamp nobody_is_forgotten_until_ = Timestamp::max();
  std::optional<Timestamp> settled_until_;
  bool is_news_ = false;                     // no answer of a listing
  std::unordered_set<std::string> refused_;  // by us: the answer has them, but not as rows that can be taken
  std::string refusal_;                      // why, the last time
  std::unordered_set<std::string> unread_;   // live, but without an accepted reading in this answer
};

}  // namespace

Result<Diff<KnownInstances>> diff_instances(const std::shared_ptr<const KnownInstances>& known,
                                            const Answer<Instance>& seen, const Witnesses& witnesses,
                                            const InstanceRules& rules, Timestamp now, WorkLimit limit) {
  return InstancePass(known, witnesses, rules, now, limit).run(seen);
}

Result<Diff<KnownInstances>> diff_instance_news(const std::shared_ptr<const KnownInstances>& known,
                                                const InstanceNews& news, const InstanceRules& rules, Timestamp now) {
  const Witnesses nobody;
  return InstancePass(known, nobody, rules, now, WorkLimit()).run(news);
}

}  // namespace tally
