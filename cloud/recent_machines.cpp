#include "cloud/recent_machines.hpp"

#include <sstream>

#include "runtime/timestamp.hpp"

namespace tally {

void RecentMachines::note(const CloudId& machine) {
  Noted noted = read();
  noted[machine.str()] = clock_.wall_now();
  write(noted);
}

void RecentMachines::forget(const CloudId& machine) {
  Noted noted = read();
  if (noted.erase(machine.str()) > 0) write(noted);
}

RecentMachines::Noted RecentMachines::read() const {
  Noted noted;
  const Timestamp now = clock_.wall_now();
  std::istringstream lines(cache_.get(key_).value_or(""));
  std::string id;
  std::string time;
  while (lines >> id >> time) {
    const auto at = parse_rfc3339(time);
    if (at && *at <= now && now < *at + known_for_) noted[id] = *at;
  }
  return noted;
}

void RecentMachines::write(const Noted& noted) {
  std::string text;
  for (const auto& [id, at] : noted) text += id + " " + to_iso8601(at) + "\n";
  cache_.put(key_, std::move(text));
}

}  // namespace tally
