#include "lifecycle/carry_retire.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "lifecycle/attempts.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/retirement_step.hpp"
#include "lifecycle/retirements.hpp"

namespace tally::lifecycle {
namespace {

/// Nothing is done by a clock that may be wrong; that is said once, when something is due.
void hold_back(Desk& desk, RetirementRecord retirement, JournalChanges& changes) {
  if (retirement.is_hold_told) return;
  retirement.is_hold_told = true;
  desk.journal.retirements[retirement.cloud_id] = retirement;
  Event held = retirement_event("retire_held", retirement.cloud_id, retirement.retire_at);
  held.detail = "the clock was set by more than five minutes, and no provider's clock agrees with it";
  changes.events.push_back(std::move(held));
  changes.retirements.push_back(retirement);
  spdlog::warn("lifecycle: {}: the retirement of {} waits: the clock may be wrong", desk.parts.credential.str(),
               retirement.cloud_id.str());
}

Task<> set_end_by(Account& account, InstanceRef machine, std::optional<Timestamp> when) {
  if (SetsEnd* ability = account.sets_end()) co_return co_await ability->set_end(std::move(machine), when);
  co_return Result<>();  // it cannot any more
}

}  // namespace

boost::asio::awaitable<void> carry_retire(DeskPtr desk, OperationPtr operation, UntilNow until_now) {
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  if (desk->parts.account->sets_end() == nullptr) {
    co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt);
    co_return;
  }
  AttemptRecord asked;
  if (operation->attempts.empty() && !co_await begin_attempt(desk, operation, std::move(asked))) co_return;
  std::optional<Timestamp> when;
  if (const auto retirement = retirement_of(*desk, machine.cloud_id)) when = retirement->retire_at;
  Task<> work = set_end_by(*desk->parts.account, machine, when);
  const Result<> result = co_await call<void>(desk, "retire", std::move(work));
  JournalChanges changes;
  if (!result) {
    // What the vendor will not have is not in force here, either.
    if (until_now && result.error().certainty == Certainty::nothing_happened) {
      set_retirement(*desk, machine.cloud_id, *until_now, changes);
      changes.events.push_back(retirement_event("retire_set", machine.cloud_id, *until_now));
    }
    co_await fail_with_its_call(desk, operation, result.error(), std::move(changes));
    co_return;
  }
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
    const bool is_over = has_ended(known);
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
      changes.events.push_back(retirement_event(step.is_due ? "retired" : "retire_soon", machine, told.retire_at));
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
