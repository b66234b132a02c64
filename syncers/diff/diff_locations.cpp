#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "syncers/diff/answer_checks.hpp"
#include "syncers/diff/breaker.hpp"
#include "syncers/diff/clean_rows.hpp"
#include "syncers/diff/diff.hpp"
#include "syncers/diff/fields.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {
namespace {

constexpr int absences_until_unlisted = 2;
constexpr const char* list_locations = "list locations";

Event location_event(std::string kind, const std::string& name) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "location";
  event.subject_id = name;
  return event;
}

/// One answer applied to the known locations.
class LocationPass {
 public:
  LocationPass(const KnownLocations& known, const ListingRules& rules, Timestamp now)
      : known_(known),
        next_(known),
        rules_(rules),
        now_(now),
        problems_(known.problems, Subject{"location", ""}, rules.redactor),
        breaker_(Subject{"location", ""}) {
    changes_.at = now;
    changes_.problem_listing = rules.listing;
  }

  Result<Diff<KnownLocations>> run(const Answer<Location>& seen) && {
    if (auto refusal = find_refusal(seen, list_locations, limits::locations_per_account)) {
      return tl::unexpected(std::move(*refusal));
    }
    for (const Row<Location>& row : seen.rows) see(row);
    for (const Odd& odd : seen.odd) problems_.report({"odd_field", "location", odd.id, odd.field}, odd.reason);
    take_rejected(seen.rejected);
    judge_absences();
    forget_oldest();
    for (const ProblemKey& key : problems_.before()) {
      if (is_breaker_problem(key) && has_anonymous_) problems_.keep(key);
    }
    next_.problems = std::move(problems_).settle(changes_);
    return Diff<KnownLocations>{std::move(changes_), std::make_shared<const KnownLocations>(std::move(next_))};
  }

 private:
  void see(const Row<Location>& row) {
    if (!seen_.insert(row->name).second) {
      const auto first = next_.rows.find(row->name);
      if (first != next_.rows.end() && *first->second.row == *row) return;
      problems_.report({"duplicate_id", "location", row->name, ""}, "two different rows have this name");
      return;
    }
    const auto known = known_.rows.find(row->name);
    if (known != known_.rows.end() && (known->second.row == row || *known->second.row == *row)) {
      return confirm(known->second, known->second.row);
    }
    if (holds_secret(*row, rules_.redactor)) {
      problems_.report({"row_rejected", "location", row->name, ""}, "its name holds a secret of the credential");
      return;
    }
    const Row<Location> clean = cleaned(row, rules_.redactor);
    if (known != known_.rows.end()) return confirm(known->second, clean);
    KnownLocation added;
    added.row = clean;
    added.first_seen_at = added.seen_at = now_;
    changes_.events.push_back(location_event("location_added", row->name));
    write(std::move(added));
  }

  void confirm(const KnownLocation& before, const Row<Location>& row) {
    const bool is_same = before.row == row || *before.row == *row;
    if (is_same && before.is_listed && before.is_confirmed && before.absences == 0) return;
    KnownLocation after = before;
    if (!is_same) {
      add_change_events(location_event("location_changed", row->name), changed_fields(*before.row, *row),
                        changes_.events);
      after.row = row;
    }
    if (!before.is_listed) {
      changes_.events.push_back(with_change(location_event("location_changed", row->name), {"is_listed", "0", "1"}));
    }
    after.is_listed = after.is_confirmed = true;
    after.absences = 0;
    after.seen_at = now_;
    write(std::move(after));
  }

  void take_rejected(const std::vector<Rejected>& rows) {
    report_rejected(rows, "location", problems_);
    for (const Rejected& row : rows) {
      if (row.id.empty()) has_anonymous_ = true;
      unreadable_.insert(row.id);
    }
  }

  void judge_absences() {
    const auto is_absent = [this](const std::string& name) {
      return !seen_.contains(name) && !unreadable_.contains(name);
    };
    for (const auto& [name, location] : known_.rows) {
      if (location.is_listed) breaker_.add("", is_absent(name) ? location.absences + 1 : 0);
    }
    if (!has_anonymous_) breaker_.report(problems_.before(), problems_, changes_.events);
    for (const auto& [name, location] : known_.rows) {
      if (!location.is_listed || seen_.contains(name)) continue;
      miss(location, is_absent(name) && !has_anonymous_);
    }
  }

  /// `counts`: the answer was complete and readable enough to mean something.
  void miss(const KnownLocation& before, bool counts) {
    if (!counts && !before.is_confirmed) return;
    KnownLocation after = before;
    if (counts) ++after.absences;
    if (before.is_confirmed) after.seen_at = std::max(before.seen_at, rules_.previous_success);
    after.is_confirmed = false;
    if (after.absences >= absences_until_unlisted && !breaker_.holds("", after.absences)) {
      after.is_listed = false;
      changes_.events.push_back(
          with_change(location_event("location_unlisted", before.row->name), {"is_listed", "1", "0"}));
    }
    write(std::move(after));
  }

  /// Regions that a vendor named once do not stay for ever: of the oldest only the catalog knows.
  void forget_oldest() {
    std::vector<std::pair<Timestamp, std::string>> gone;
    for (const auto& [name, location] : next_.rows) {
      if (!location.is_listed) gone.emplace_back(location.seen_at, name);
    }
    if (gone.size() < limits::locations_per_account) return;
    std::sort(gone.begin(), gone.end());
    gone.resize(gone.size() - limits::locations_per_account);
    for (const auto& [seen_at, name] : gone) next_.rows.erase(name);
    problems_.report(
        {"rows_forgotten", "location", "", ""},
        fmt::format("{} unlisted locations: of older ones only the catalog knows", limits::locations_per_account));
  }

  void write(KnownLocation row) {
    changes_.locations.push_back(row);
    std::string name = row.row->name;
    next_.rows[std::move(name)] = std::move(row);
  }

  const KnownLocations& known_;
  KnownLocations next_;
  const ListingRules& rules_;
  Timestamp now_;
  ChangeSet changes_;
  ProblemLedger problems_;
  Breaker breaker_;
  std::set<std::string> seen_;
  std::set<std::string> unreadable_;
  bool has_anonymous_ = false;
};

}  // namespace

Result<Diff<KnownLocations>> diff_locations(const std::shared_ptr<const KnownLocations>& known,
                                            const Answer<Location>& seen, const ListingRules& rules, Timestamp now) {
  return LocationPass(*known, rules, now).run(seen);
}

}  // namespace tally
