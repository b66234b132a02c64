#include <algorithm>
#include <set>

#include "syncers/diff.hpp"
#include "syncers/fields.hpp"
#include "syncers/problem_ledger.hpp"

namespace tally {
namespace {

constexpr int absences_until_unlisted = 2;

Event location_event(std::string kind, const std::string& name) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "location";
  event.subject_id = name;
  return event;
}

Event listed_event(std::string kind, const std::string& name, bool is_listed) {
  Event event = location_event(std::move(kind), name);
  event.field = "is_listed";
  event.old_value = is_listed ? "0" : "1";
  event.new_value = is_listed ? "1" : "0";
  return event;
}

/// One answer applied to the known locations.
class LocationDiff {
 public:
  LocationDiff(const KnownLocations& known, Timestamp previous_success, Timestamp now)
      : known_(known), next_(known), previous_success_(previous_success), now_(now) {}

  void see(const Row<Location>& row, ProblemLedger& problems) {
    if (!seen_.insert(row->name).second) {
      if (*next_.rows.at(row->name).row == *row) return;
      problems.report({"duplicate_id", "location", row->name, ""}, "two different rows have this name");
      return;
    }
    const auto known = known_.rows.find(row->name);
    KnownLocation now = known == known_.rows.end() ? KnownLocation{} : known->second;
    if (known == known_.rows.end()) {
      now.first_seen_at = now_;
      changes_.events.push_back(location_event("location_added", row->name));
    } else {
      if (now.row == row || *now.row == *row) {
        if (now.is_listed && now.is_confirmed && now.absences == 0) return;
      } else {
        add_changes(*now.row, *row);
      }
      if (!now.is_listed) changes_.events.push_back(listed_event("location_changed", row->name, true));
    }
    now.row = row;
    now.is_listed = now.is_confirmed = true;
    now.absences = 0;
    now.seen_at = now_;
    write(row->name, std::move(now));
  }

  /// `counts`: the answer was complete and readable enough to mean something.
  void miss(const std::string& name, bool counts) {
    KnownLocation now = known_.rows.at(name);
    if (!now.is_listed || (!counts && !now.is_confirmed)) return;
    if (counts) ++now.absences;
    if (now.is_confirmed) now.seen_at = std::max(now.seen_at, previous_success_);
    now.is_confirmed = false;
    if (now.absences >= absences_until_unlisted) {
      now.is_listed = false;
      changes_.events.push_back(listed_event("location_unlisted", name, false));
    }
    write(name, std::move(now));
  }

  [[nodiscard]] bool has_seen(const std::string& name) const { return seen_.contains(name); }

  Diff<KnownLocations> settle(ProblemLedger problems, const ListingKey& listing) && {
    changes_.at = now_;
    changes_.problem_listing = listing;
    next_.memory.problems = std::move(problems).settle(known_.memory.problems, changes_);
    return {std::move(changes_), std::make_shared<const KnownLocations>(std::move(next_))};
  }

 private:
  void add_changes(const Location& before, const Location& after) {
    for (FieldChange& change : changed_fields(before, after)) {
      Event event = location_event("location_changed", after.name);
      event.field = std::move(change.field);
      event.old_value = std::move(change.old_value);
      event.new_value = std::move(change.new_value);
      changes_.events.push_back(std::move(event));
    }
  }
  void write(const std::string& name, KnownLocation row) {
    changes_.locations.push_back(row);
    next_.rows[name] = std::move(row);
  }

  const KnownLocations& known_;
  KnownLocations next_;
  ChangeSet changes_;
  std::set<std::string> seen_;
  Timestamp previous_success_;
  Timestamp now_;
};

}  // namespace

Diff<KnownLocations> diff_locations(const std::shared_ptr<const KnownLocations>& known, const Listing<Location>& seen,
                                    const ListingKey& listing, Timestamp previous_success, Timestamp now) {
  LocationDiff diff(*known, previous_success, now);
  ProblemLedger problems;
  std::set<std::string> rejected;
  bool has_anonymous = false;
  for (const Row<Location>& row : seen.items) diff.see(row, problems);
  int ordinal = 0;
  for (const Rejected& row : seen.rejected) {
    if (row.id.empty()) has_anonymous = true;
    rejected.insert(row.id);
    const std::string value = row.id.empty() ? row.reason + " #" + std::to_string(++ordinal) : "";
    problems.report({"row_rejected", "location", row.id, value}, row.reason + ": " + row.raw);
  }
  for (const auto& [name, location] : known->rows) {
    if (!diff.has_seen(name)) diff.miss(name, !has_anonymous && !rejected.contains(name));
  }
  return std::move(diff).settle(std::move(problems), listing);
}

}  // namespace tally
