#include "notify/waiting_list.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace tally::notify {

void WaitingList::add(std::vector<WaitingDelivery> waiting, TimePoint now, Timestamp wall_now) {
  for (WaitingDelivery& delivery : waiting) {
    const std::int64_t id = delivery.id;
    const auto waited = std::max(wall_now - delivery.at, Timestamp::duration::zero());
    waiting_.try_emplace(id, Entry{{std::move(delivery), now - waited}});
  }
}

std::vector<WaitingDelivery> WaitingList::take_excess(std::size_t most) {
  std::vector<WaitingDelivery> excess;
  for (auto at = waiting_.begin(); at != waiting_.end() && waiting_.size() > most;) {
    if (at->second.is_on_its_way) {
      ++at;
    } else {
      excess.push_back(std::move(at->second.waiting.delivery));
      at = waiting_.erase(at);
    }
  }
  return excess;
}

/// Hands over the oldest of each subject, unless it is on its way, until `take` answers false.
template <class Take>
void WaitingList::for_each_first(Take take) const {
  std::unordered_set<std::string_view> subjects;
  for (const auto& [id, entry] : waiting_) {
    if (!subjects.insert(entry.waiting.delivery.subject).second || entry.is_on_its_way) continue;
    if (!take(entry)) return;
  }
}

std::optional<Waiting> WaitingList::begin(TimePoint now) {
  std::optional<Waiting> next;
  for_each_first([&](const Entry& entry) {
    if (entry.due > now) return true;
    next = entry.waiting;
    return false;
  });
  if (next) waiting_.at(next->delivery.id).is_on_its_way = true;
  return next;
}

std::optional<TimePoint> WaitingList::next_due() const {
  std::optional<TimePoint> next;
  for_each_first([&next](const Entry& entry) {
    next = next ? std::min(*next, entry.due) : entry.due;
    return true;
  });
  return next;
}

void WaitingList::put_back(std::int64_t id, int attempts, TimePoint due) {
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) return;
  at->second.waiting.delivery.attempts = attempts;
  at->second.due = due;
  at->second.is_on_its_way = false;
}

void WaitingList::give_back_all() {
  for (auto& [id, entry] : waiting_) entry.is_on_its_way = false;
}

}  // namespace tally::notify
