#include "syncers/problem_ledger.hpp"

#include <utility>

namespace tally {
namespace {

Event problem_event(const ProblemKey& key) {
  Event event;
  event.kind = key.kind;
  event.subject_kind = key.subject_kind;
  event.subject_id = key.subject_id;
  if (!key.value.empty()) event.new_value = key.value;
  return event;
}

}  // namespace

void ProblemLedger::report(ProblemKey key, std::string detail) { now_.emplace(std::move(key), std::move(detail)); }

void ProblemLedger::keep(const ProblemKey& key) { kept_.insert(key); }

std::set<ProblemKey> ProblemLedger::settle(const std::set<ProblemKey>& before, ChangeSet& changes) && {
  std::set<ProblemKey> lasting;
  for (const ProblemKey& key : before) {
    if (now_.contains(key) || kept_.contains(key)) {
      lasting.insert(key);
      continue;
    }
    changes.problems_ended.push_back(key);
    Event ended = problem_event(key);
    ended.kind = "problem_ended";
    ended.old_value = key.kind;
    ended.new_value.reset();
    if (!key.value.empty()) ended.detail = key.value;
    changes.events.push_back(std::move(ended));
  }
  for (auto& [key, detail] : now_) {
    if (!lasting.insert(key).second) continue;
    Event started = problem_event(key);
    started.detail = detail;
    changes.events.push_back(std::move(started));
    changes.problems_started.push_back(Problem{key, std::move(detail)});
  }
  return lasting;
}

}  // namespace tally
