#include "probing/probe_schedule.hpp"

#include <algorithm>

namespace tally {
using std::chrono::milliseconds;

namespace {
constexpr milliseconds shortest_backoff = std::chrono::seconds(1);
constexpr milliseconds longest_backoff = std::chrono::seconds(30);
constexpr int doublings = 5;  // beyond the longest
}  // namespace

ProbePace pace_of(const Instance& instance, const ProbeSettings& settings) {
  ProbePace pace = settings.pace;
  const auto at = settings.pace_of_type.find(instance.type);
  if (at == settings.pace_of_type.end()) return pace;
  pace.first_window = at->second.first_window.value_or(pace.first_window);
  pace.recheck_interval = at->second.recheck_interval.value_or(pace.recheck_interval);
  return pace;
}

milliseconds probe_backoff(int failures, Rng& rng) {
  const milliseconds bound = shortest_backoff * (1 << std::clamp(failures - 1, 0, doublings));
  const milliseconds wait = bound * 3 / 4 + rng.below(bound / 2);
  return std::clamp(wait, shortest_backoff, longest_backoff);
}

TimePoint due_after_success(const ProbePace& pace, TimePoint now, Rng& rng) {
  return now + pace.recheck_interval * 9 / 10 + rng.below(pace.recheck_interval / 5);
}

TimePoint due_after_failure(const ProbePace& pace, TimePoint window_ends, int failures, TimePoint now, Rng& rng) {
  const TimePoint soon = now + probe_backoff(failures, rng);
  return soon <= window_ends ? soon : due_after_success(pace, now, rng);
}

void DueQueue::put(Id id, TimePoint due) {
  erase(id);
  const Place place(due, ++puts_);
  order_.emplace(place, id);
  due_.emplace(id, place);
}

void DueQueue::erase(Id id) {
  const auto at = due_.find(id);
  if (at == due_.end()) return;
  order_.erase(at->second);
  due_.erase(at);
}

std::optional<DueQueue::Id> DueQueue::take_due(TimePoint now) {
  if (order_.empty() || order_.begin()->first.first > now) return std::nullopt;
  const Id id = order_.begin()->second;
  erase(id);
  return id;
}

std::optional<TimePoint> DueQueue::next() const {
  return order_.empty() ? std::nullopt : std::optional(order_.begin()->first.first);
}

}  // namespace tally
