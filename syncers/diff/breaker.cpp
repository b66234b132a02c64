#include "syncers/diff/breaker.hpp"

#include <fmt/format.h>

namespace tally {
namespace {

constexpr int smallest_mass = 6;  // fewer known rows than this never trip the breaker
constexpr int absences_until_believed = 3;
constexpr const char* held_kind = "mass_change_held";

}  // namespace

bool is_breaker_problem(const ProblemKey& key) { return key.kind == held_kind; }

bool Breaker::Count::is_mass() const { return known >= smallest_mass && absent * 2 > known; }

void Breaker::add(const std::string& location, int absences) {
  const auto count_in = [absences](Count& count) {
    ++count.known;
    if (absences == 0) return;
    ++count.absent;
    if (absences < absences_until_believed) ++count.held;
    if (absences == absences_until_believed) ++count.due;
  };
  count_in(whole_);
  count_in(locations_[location]);
}

bool Breaker::holds(const std::string& location, int absences) const {
  if (absences == 0 || absences >= absences_until_believed) return false;
  if (is_whole_mass()) return true;
  const auto count = locations_.find(location);
  return !location.empty() && count != locations_.end() && count->second.is_mass();
}

void Breaker::report(const ProblemKey& key, const Count& count, const std::set<ProblemKey>& before,
                     ProblemLedger& problems, std::vector<Event>& events) {
  if (count.due > 0 && before.contains(key)) {
    Event applied;
    applied.kind = "mass_change_applied";
    applied.subject_kind = key.subject_kind;
    applied.subject_id = key.subject_id;
    applied.detail = fmt::format("{} of {} rows are absent from {} complete answers in a row", count.due, count.known,
                                 absences_until_believed);
    events.push_back(std::move(applied));
  }
  if (count.held > 0) {
    problems.report(key, fmt::format("{} of {} rows are absent; believed of those that {} answers in a row lack",
                                     count.absent, count.known, absences_until_believed));
  }
}

void Breaker::report(const std::set<ProblemKey>& before, ProblemLedger& problems, std::vector<Event>& events) const {
  if (is_whole_mass()) return report({held_kind, subject_.kind, subject_.id, ""}, whole_, before, problems, events);
  for (const auto& [location, count] : locations_) {
    if (location.empty() || !count.is_mass()) continue;
    report({held_kind, "location", location, ""}, count, before, problems, events);
  }
}

}  // namespace tally
