// The mass-change breaker: an answer that leaves out more than half of what we know, in a location or as a whole, is
// believed only of the rows that three answers in a row left out. It counts absences, never what a vendor reports.
// Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tally/event.hpp"
#include "tally/problem_ledger.hpp"

namespace tally {

/// Counts, for one complete answer, the rows known and absent.
class Breaker {
 public:
  /// `whole` is told of what concerns the whole listing.
  explicit Breaker(Subject whole) : subject_(std::move(whole)) {}

  /// A known row in this location, "" for none. `absences`: 0 when the answer has it, else how many complete answers in
  /// a row, this one included, have not.
  void add(const std::string& location, int absences);

  /// Whether the absence of a row that was added with these values must not mean anything yet.
  [[nodiscard]] bool holds(const std::string& location, int absences) const;

  /// Reports what is held as problems (`mass_change_held`), and adds an event (`mass_change_applied`) for what was held
  /// by the answer `before` and is believed now.
  void report(const std::set<ProblemKey>& before, ProblemLedger& problems, std::vector<Event>& events) const;

 private:
  struct Count {
    int known = 0;
    int absent = 0;
    int held = 0;  // of those absent: not absent often enough
    int due = 0;   // of those absent: often enough for the first time

    [[nodiscard]] bool is_mass() const;
  };
  [[nodiscard]] bool is_whole_mass() const { return whole_.is_mass() && !is_one_place(); }
  [[nodiscard]] bool is_one_place() const { return locations_.size() == 1 && !locations_.begin()->first.empty(); }
  static void report(const ProblemKey& key, const Count& count, const std::set<ProblemKey>& before,
                     ProblemLedger& problems, std::vector<Event>& events);

  Subject subject_;
  std::map<std::string, Count> locations_;
  Count whole_;
};

/// The key of what the breaker holds in a location.
bool is_breaker_problem(const ProblemKey& key);

}  // namespace tally
