#include "tally/problem_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cloud/limits.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr const char* further_rows = "further rows";

Event problem_event(const ProblemKey& key) {
  Event event;
  event.kind = key.kind;
  event.subject_kind = key.subject_kind;
  event.subject_id = key.subject_id;
  if (!key.value.empty()) event.new_value = key.value;
  return event;
}

Event end_event(const ProblemKey& key) {
  Event ended = problem_event(key);
  ended.kind = "problem_ended";
  ended.old_value = key.kind;
  ended.new_value.reset();
  if (!key.value.empty()) ended.detail = key.value;
  return ended;
}

}  // namespace

ProblemLedger::ProblemLedger(std::set<ProblemKey> before, Subject whole, Redactor redactor)
    : before_(std::move(before)), whole_(std::move(whole)), redactor_(std::move(redactor)) {}

void ProblemLedger::report(ProblemKey key, std::string detail) {
  key.subject_id = redactor_.clean(std::move(key.subject_id));
  key.value = cut(redactor_.clean(std::move(key.value)), limits::text);
  if (before_.contains(key)) {
    lasting_.insert(std::move(key));
  } else if (!new_.contains(key)) {
    std::size_t& told = new_told_[key.kind];
    if (told == limits::rejected_told) {
      ++untold_[key.kind];
      return;
    }
    ++told;
    new_.emplace(std::move(key), printable(redactor_.clean(std::move(detail)), limits::text + limits::raw_row));
  }
}

void ProblemLedger::start(ProblemKey key, std::string detail, ChangeSet& changes) {
  Event started = problem_event(key);
  started.detail = detail;
  changes.events.push_back(std::move(started));
  changes.problems_started.push_back(Problem{key, std::move(detail)});
  lasting_.insert(std::move(key));
}

std::set<ProblemKey> ProblemLedger::settle(ChangeSet& changes) && {
  std::map<std::string, std::size_t> told;
  for (const ProblemKey& key : lasting_) ++told[key.kind];
  std::vector<std::pair<ProblemKey, std::string>> starting;
  for (auto& [key, detail] : new_) {
    if (told[key.kind] < limits::rejected_told) {
      ++told[key.kind];
      starting.emplace_back(key, std::move(detail));
    } else {
      ++untold_[key.kind];
    }
  }
  for (const auto& [kind, number] : untold_) {
    ProblemKey rest{kind, whole_.kind, whole_.id, further_rows};
    if (before_.contains(rest)) {
      lasting_.insert(std::move(rest));
    } else {
      starting.emplace_back(std::move(rest), fmt::format("{} more than the {} that are told", number, told[kind]));
    }
  }
  for (const ProblemKey& key : before_) {
    if (lasting_.contains(key)) continue;
    changes.problems_ended.push_back(key);
    changes.events.push_back(end_event(key));
  }
  for (auto& [key, detail] : starting) start(std::move(key), std::move(detail), changes);
  return std::move(lasting_);
}

}  // namespace tally
