#include "tally/pieces.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tally/next_known.hpp"

namespace tally {
namespace {

constexpr std::size_t lines_per_piece = 300;  // rows, points and events: some 20 ms of the writer

std::size_t lines_of(const ChangeSet& changes) {
  return changes.types.size() + changes.instances.size() + changes.locations.size() + changes.prices.size() +
         changes.availability.size() + changes.statuses.size() + changes.events.size();
}

const std::string& text_of(const KnownType& row) { return id_of(row).str(); }
const std::string& text_of(const KnownInstance& row) { return id_of(row).str(); }
const std::string& text_of(const KnownLocation& row) { return row.row->name; }
const std::string& text_of(const PricePoint& point) { return point.type.str(); }
const std::string& text_of(const AvailabilityPoint& point) { return point.type.str(); }
const std::string& text_of(const StatusPoint& point) { return point.instance.str(); }

/// Of what an event says, what a row says, too. The rest, problems above all, concerns the whole.
bool is_of_a_row(const Event& event) { return event.field || event.kind.ends_with("_added"); }

/// What is written of one subject: indexes into the change set.
struct Part {
  std::size_t row = 0;
  std::vector<std::size_t> prices;
  std::vector<std::size_t> availability;
  std::vector<std::size_t> statuses;
  std::vector<std::size_t> events;
};

/// Deals a change set out. A change set has rows of one kind.
template <class Row>
class Dealer {
 public:
  Dealer(ChangeSet& whole, std::vector<Row> ChangeSet::* rows) : whole_(whole), rows_(rows) {}

  std::vector<ChangeSet> deal() && {
    gather();
    std::stable_partition(parts_.begin(), parts_.end(),
                          [this](const Part& part) { return !is_gone((whole_.*rows_)[part.row]); });
    for (const Part& part : parts_) put(part);
    finish();
    return std::move(pieces_);
  }

 private:
  void gather() {
    const std::vector<Row>& rows = whole_.*rows_;
    parts_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto [at, is_new] = of_.try_emplace(text_of(rows[i]), parts_.size());
      if (is_new) parts_.emplace_back();
      parts_[at->second].row = i;  // the last one counts
    }
    gather(whole_.prices, &Part::prices);
    gather(whole_.availability, &Part::availability);
    gather(whole_.statuses, &Part::statuses);
    for (std::size_t i = 0; i < whole_.events.size(); ++i) {
      const Event& event = whole_.events[i];
      (is_of_a_row(event) ? part_of(event.subject_id) : rest_).events.push_back(i);
    }
  }
  template <class Point>
  void gather(const std::vector<Point>& points, std::vector<std::size_t> Part::* member) {
    for (std::size_t i = 0; i < points.size(); ++i) (part_of(text_of(points[i])).*member).push_back(i);
  }

  Part& part_of(const std::string& id) {
    const auto at = of_.find(id);
    return at == of_.end() ? rest_ : parts_[at->second];
  }

  ChangeSet& piece() {
    if (pieces_.empty() || lines_of(pieces_.back()) >= lines_per_piece) {
      pieces_.emplace_back().at = whole_.at;
      pieces_.back().problem_listing = whole_.problem_listing;
    }
    return pieces_.back();
  }
  void put(const Part& part) {
    ChangeSet& to = piece();
    (to.*rows_).push_back(std::move((whole_.*rows_)[part.row]));
    put_lines(part, to);
  }
  void put_lines(const Part& part, ChangeSet& to) {
    for (const std::size_t i : part.prices) to.prices.push_back(std::move(whole_.prices[i]));
    for (const std::size_t i : part.availability) to.availability.push_back(std::move(whole_.availability[i]));
    for (const std::size_t i : part.statuses) to.statuses.push_back(std::move(whole_.statuses[i]));
    for (const std::size_t i : part.events) to.events.push_back(std::move(whole_.events[i]));
  }
  void finish() {
    ChangeSet& last = piece();
    put_lines(rest_, last);
    last.problems_started = std::move(whole_.problems_started);
    last.problems_ended = std::move(whole_.problems_ended);
  }

  ChangeSet& whole_;
  std::vector<Row> ChangeSet::* rows_;
  std::vector<Part> parts_;
  std::unordered_map<std::string, std::size_t> of_;  // by ID: its part
  Part rest_;                                        // what is of none of the rows
  std::vector<ChangeSet> pieces_;
};

template <class Row>
std::vector<ChangeSet> deal(ChangeSet& whole, std::vector<Row> ChangeSet::* rows) {
  return Dealer<Row>(whole, rows).deal();
}

template <class Known>
std::shared_ptr<const KnownRows<Known>> put_rows(const std::shared_ptr<const KnownRows<Known>>& known,
                                                 std::vector<Known> ChangeSet::* rows,
                                                 const std::vector<ChangeSet>& pieces, std::size_t count) {
  NextKnown<Known> next(known);
  for (std::size_t i = 0; i < count; ++i) {
    for (const Known& row : pieces[i].*rows) next.put(row);
  }
  return std::move(next).finish();
}

}  // namespace

std::vector<ChangeSet> in_pieces(ChangeSet changes) {
  if (lines_of(changes) > lines_per_piece) {
    if (!changes.types.empty()) return deal(changes, &ChangeSet::types);
    if (!changes.instances.empty()) return deal(changes, &ChangeSet::instances);
    if (!changes.locations.empty()) return deal(changes, &ChangeSet::locations);
  }
  std::vector<ChangeSet> one;
  one.push_back(std::move(changes));
  return one;
}

std::shared_ptr<const KnownTypes> with_rows(const std::shared_ptr<const KnownTypes>& known,
                                            const std::vector<ChangeSet>& pieces, std::size_t count) {
  return put_rows(known, &ChangeSet::types, pieces, count);
}
std::shared_ptr<const KnownInstances> with_rows(const std::shared_ptr<const KnownInstances>& known,
                                                const std::vector<ChangeSet>& pieces, std::size_t count) {
  return put_rows(known, &ChangeSet::instances, pieces, count);
}
std::shared_ptr<const KnownLocations> with_rows(const std::shared_ptr<const KnownLocations>& known,
                                                const std::vector<ChangeSet>& pieces, std::size_t count) {
  auto next = std::make_shared<KnownLocations>(*known);
  for (std::size_t i = 0; i < count; ++i) {
    for (const KnownLocation& row : pieces[i].locations) next->rows.insert_or_assign(row.row->name, row);
  }
  return next;
}

}  // namespace tally
