#include "lifecycle/carry_retire.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "lifecycle/attempts.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/retirement_step.hpp"
#include "lifecycle/retirements.hpp"

namespace tally::lifecycle {
namespace {

Event retirement_event(std::string kind, const RetirementRecord& retirement) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "instance";
  event.subject_id = retirement.cloud_id.str();
  event.field = "retire_at_ms";
  event.new_value = std::to_string(retirement.retire_at.time_since_epoch().count());
  return event;
}

/// Nothing is done by a clock that may be wrong; that is said once, when something is due.
void hold_back(Desk& desk, RetirementRecord retirement, JournalChanges& changes) {
  constexpr int told_that_held = 4;
  if (retirement.told == told_that_held) return;
  retirement.told = told_that_held;
  desk.journal.retirements[retirement.cloud_id] = retirement;
  Event held = retirement_event("retire_held", retirement);
  held.detail = "the clock was set by more than five minutes, and no provider's clock agrees with it";
  changes.events.push_back(std::move(held));
  changes.retirements.push_back(retirement);
  spdlog::warn("lifecycle: {}: the retirement of {} waits: the clock may be wrong", desk.parts.credential.str(),
               retirement.cloud_id.str());
}

}  // namespace

boost::asio::awaitable<void> carry_retire(DeskPtr desk, OperationPtr operation) {
  SetsEnd* ability = desk->parts.account->sets_end();
  if (ability == nullptr) {
    co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt);
    co_return;
  }
  AttemptRecord asked;
  if (operation->attempts.empty() && !co_await begin_attempt(desk, operation, std::move(asked))) co_return;
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  std::optional<Timestamp> when;
  const auto at = desk->journal.retirements.find(machine.cloud_id);
  if (at != desk->journal.retirements.end()) when = at->second.retire_at;
  Task<> work = ability->set_end(machine, when);
  const Result<> result = co_await call<void>(desk, "retire", std::move(work));
  if (!result) {
    co_await fail_with_its_call(desk, operation, result.error());
    co_return;
  }
  JournalChanges changes;
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::answered, std::nullopt));
  co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt, std::move(changes));
}

boost::asio::awaitable<void> retire_due(DeskPtr desk, bool is_clock_believed) {
  const auto retirements = desk->journal.retirements;
  for (const auto& [id, seen] : retirements) {
    // While others were told of theirs, this one may have been put off or taken back.
    const auto at = desk->journal.retirements.find(id);
    if (at == desk->journal.retirements.end()) continue;
    const RetirementRecord retirement = at->second;
    const KnownInstance* known = desk->find(id);
    const OperationPtr create = desk->journal.find_create(id);
    if (!create && known == nullptr) continue;  // its create goes on
    if (desk->journal.find_open(OperationKind::terminate, id)) continue;
    const RetirementStep step = next_step(retirement, desk->clock.wall_now());
    JournalChanges changes;
    if (step.is_due && !is_clock_believed) {
      hold_back(*desk, retirement, changes);
      if (!changes.events.empty()) co_await desk->journal.insist("retire.held", std::move(changes));
      continue;
    }
    if (!is_clock_believed) continue;
    const CloudId machine = id;
    const bool is_over = known != nullptr && known->ended_at;
    if (is_over) {
      set_retirement(*desk, machine, std::nullopt, changes);
      co_await desk->journal.insist("retire.over", std::move(changes));
      continue;
    }
    if (step.told > retirement.told) {
      RetirementRecord told = retirement;
      told.told = step.told;
      desk->journal.retirements[machine] = told;
      changes.retirements.push_back(told);
      changes.events.push_back(retirement_event(step.is_due ? "retired" : "retire_soon", told));
    }
    if (!step.is_due) {
      if (!changes.events.empty()) co_await desk->journal.insist("retire.tell", std::move(changes));
      continue;
    }
    const std::string location = create ? create->record.location : known->row->location;
    const RefId ref_id = create ? create->record.ref_id : known->row->ref_id;
    co_await end_machine(desk, machine, location, ref_id, "its retirement", std::move(changes));
  }
}

}  // namespace tally::lifecycle
