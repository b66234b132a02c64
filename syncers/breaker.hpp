// The mass-change breaker: an answer that leaves out more than half of what we know in a location is believed only
// when the two following answers say the same.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cloud/changes.hpp"

namespace tally {

/// Counts, for one complete answer, the rows known and absent in each location.
class AbsenceCount {
 public:
  void add(const std::string& location, bool is_absent);

  /// Which locations' absences must be held back now. Updates the consecutive counts in `held_passes` and adds the
  /// events (`mass_change_held` when it starts, `mass_change_applied` or `problem_ended` when it ends).
  std::set<std::string> judge(std::map<std::string, int>& held_passes, std::vector<Event>& events) const;

 private:
  struct Count {
    int known = 0;
    int absent = 0;
  };
  std::map<std::string, Count> counts_;
};

}  // namespace tally
