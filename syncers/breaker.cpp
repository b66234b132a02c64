#include "syncers/breaker.hpp"

#include <fmt/format.h>

namespace tally {
namespace {

constexpr int smallest_mass = 6;  // fewer known rows than this never trip the breaker
constexpr int passes_held = 2;    // the third answer in a row that says the same is applied

Event location_event(std::string kind, const std::string& location, std::string detail) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "location";
  event.subject_id = location;
  event.detail = std::move(detail);
  return event;
}

}  // namespace

void AbsenceCount::add(const std::string& location, bool is_absent) {
  Count& count = counts_[location];
  ++count.known;
  if (is_absent) ++count.absent;
}

std::set<std::string> AbsenceCount::judge(std::map<std::string, int>& held_passes, std::vector<Event>& events) const {
  std::set<std::string> held;
  for (const auto& [location, count] : counts_) {
    const bool is_mass = count.known >= smallest_mass && count.absent * 2 > count.known;
    const auto memory = held_passes.find(location);
    if (!is_mass) {
      if (memory == held_passes.end()) continue;
      held_passes.erase(memory);
      Event ended = location_event("problem_ended", location, "the rows are back");
      ended.old_value = "mass_change_held";
      events.push_back(std::move(ended));
      continue;
    }
    const int passes = memory == held_passes.end() ? 0 : memory->second;
    if (passes >= passes_held) {
      held_passes.erase(memory);
      events.push_back(location_event("mass_change_applied", location,
                                      fmt::format("{} of {} rows absent from {} complete answers in a row",
                                                  count.absent, count.known, passes + 1)));
      continue;
    }
    held_passes[location] = passes + 1;
    held.insert(location);
    if (passes == 0) {
      events.push_back(location_event("mass_change_held", location,
                                      fmt::format("{} of {} rows are absent; applied when two more polls say the same",
                                                  count.absent, count.known)));
    }
  }
  return held;
}

}  // namespace tally
