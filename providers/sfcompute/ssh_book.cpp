#include "providers/sfcompute/ssh_book.hpp"

#include <algorithm>

namespace tally::sfcompute {
namespace {

constexpr std::chrono::seconds good_for{60};
constexpr std::chrono::seconds not_ready_for{10};  // a machine has no place until it has booted

}  // namespace

std::vector<std::shared_ptr<const Machine>> SshBook::due(const std::vector<std::shared_ptr<const Machine>>& machines,
                                                         TimePoint now, std::size_t most) {
  std::map<std::string, Page> kept;
  std::vector<std::pair<TimePoint, std::shared_ptr<const Machine>>> waiting;
  for (const std::shared_ptr<const Machine>& machine : machines) {
    if (machine->ssh_key.empty()) continue;
    const auto known = pages_.find(machine->ssh_key);
    if (known == pages_.end()) {
      waiting.emplace_back(TimePoint::min(), machine);
      continue;
    }
    const Page& page = known->second;
    const bool has_changed = page.updated_at != machine->updated_at;
    if (has_changed || now >= page.asked_at + (page.place ? good_for : not_ready_for)) {
      waiting.emplace_back(has_changed ? TimePoint::min() : page.asked_at, machine);
    }
    kept.insert(pages_.extract(known));
  }
  pages_ = std::move(kept);
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (waiting.size() > most) waiting.resize(most);
  std::vector<std::shared_ptr<const Machine>> due;
  for (auto& [asked_at, machine] : waiting) due.push_back(std::move(machine));
  return due;
}

void SshBook::note(const Machine& machine, std::optional<SshPlace> place, TimePoint now) {
  Page& page = pages_[machine.ssh_key];
  page.updated_at = machine.updated_at;
  page.asked_at = now;
  if (place) page.place = std::move(place);
}

const SshPlace* SshBook::find(const Machine& machine) const {
  const auto known = pages_.find(machine.ssh_key);
  return known == pages_.end() || !known->second.place ? nullptr : &*known->second.place;
}

}  // namespace tally::sfcompute
