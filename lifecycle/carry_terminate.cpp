#include "lifecycle/carry_terminate.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/attempts.hpp"
#include "lifecycle/begin_operation.hpp"
#include "lifecycle/calls.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/remove_resources.hpp"
#include "lifecycle/resources.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/deadline.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{300};
constexpr std::chrono::seconds pause_when_refused{3600};  // of what we end ourselves
constexpr std::chrono::seconds look_whether_gone{5};
constexpr std::chrono::minutes ask_again{5};   // a machine that is still there then is asked to end once more
constexpr std::chrono::minutes shown_for{20};  // as `terminating`, at most

/// What asking again does not mend.
bool is_final(const Error& error) {
  return error.kind == Errc::auth || error.kind == Errc::forbidden || error.kind == Errc::not_implemented ||
         error.kind == Errc::invalid_request;
}

/// What we end ourselves goes on whatever the vendor says: it is shown as not over, and asked for each hour.
boost::asio::awaitable<void> note_refused_end(DeskPtr desk, OperationPtr operation, Error error) {
  const bool is_known = operation->record.state == OperationState::unknown;
  operation->record.state = OperationState::unknown;
  operation->record.error_kind = to_string(error.kind);
  operation->record.error = to_text(error);
  JournalChanges changes;
  changes.operations.push_back(operation->record);
  if (!is_known) {
    Event refused = operation_event("terminate_refused", operation->record);
    refused.detail = operation->record.error;
    changes.events.push_back(std::move(refused));
  }
  co_await desk->journal.insist("terminate.refusal", std::move(changes));
}

Task<> terminate_by(Account& account, InstanceRef machine) {
  if (Terminates* ability = account.terminates()) co_return co_await ability->terminate(std::move(machine));
  Error cannot;
  cannot.kind = Errc::not_implemented;
  cannot.operation = "terminate";
  cannot.message = "this provider cannot terminate instances";
  cannot.certainty = Certainty::nothing_happened;
  co_return tl::unexpected(std::move(cannot));
}

boost::asio::awaitable<bool> when_asked_again(OperationPtr operation) {
  while (!operation->is_asked_again) co_await wait_for_change(operation);
  co_return true;
}

/// The provider has accepted it (or says that there is nothing to end): true. Final refusals end the operation.
boost::asio::awaitable<bool> ask_to_end(DeskPtr desk, OperationPtr operation) {
  std::chrono::seconds pause = first_pause;
  for (;;) {
    operation->is_asked_again = false;
    const InstanceRef machine(operation->record.cloud_id, operation->record.location);
    Task<> work = terminate_by(*desk->parts.account, machine);
    const Result<> result = co_await call<void>(desk, "terminate", std::move(work));
    if (result || result.error().matches(Errc::resource_not_found)) co_return true;
    if (has_ended(desk->find(machine.cloud_id))) co_return true;
    if (TALLY_IS_PLANTED("terminate asked once")) co_return true;
    const Error& error = result.error();
    std::chrono::seconds wait = pause;
    if (is_final(error) && !operation->is_our_own()) {
      stop_showing(*desk, operation->record);
      JournalChanges changes;
      changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::refused, error));
      co_await desk->journal.finish(operation, OperationState::failed, error, std::move(changes));
      co_return false;
    }
    if (is_final(error)) {
      co_await note_refused_end(desk, operation, error);
      wait = pause_when_refused;
    } else if (error.retry_after) {
      wait = std::max(wait, std::chrono::ceil<std::chrono::seconds>(*error.retry_after));
    }
    co_await with_deadline<bool>(desk->clock, desk->clock.now() + wait, when_asked_again(operation));
    pause = std::min(2 * pause, longest_pause);
  }
}

boost::asio::awaitable<bool> is_gone(DeskPtr desk, InstanceRef machine) {
  if (has_ended(desk->find(machine.cloud_id))) co_return true;
  Task<Instance> work = desk->parts.account->instance(machine);
  const Result<Instance> answer = co_await call<Instance>(desk, "terminate.look", std::move(work));
  if (!answer) co_return answer.error().matches(Errc::instance_not_found);
  co_return is_ended(*answer);
}

boost::asio::awaitable<bool> is_gone_soon(DeskPtr desk, InstanceRef machine) {
  if (TALLY_IS_PLANTED("terminate asked once")) co_return true;
  const TimePoint end = desk->clock.now() + ask_again;
  for (;;) {
    if (co_await is_gone(desk, machine)) co_return true;
    if (desk->clock.now() >= end) co_return false;
    co_await desk->clock.sleep_until(desk->clock.now() + look_whether_gone);
  }
}

/// What was made with the machine goes with it, and nothing is expected of it any more.
boost::asio::awaitable<void> let_go(DeskPtr desk, OperationPtr operation, OperationPtr create) {
  const CloudId machine = operation->record.cloud_id;
  JournalChanges changes;
  changes.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::answered, std::nullopt));
  if (desk->journal.retirements.contains(machine)) set_retirement(*desk, machine, std::nullopt, changes);
  if (create && !TALLY_IS_PLANTED("clean-up forgotten")) move_resources(*create, ResourceState::removing, changes);
  if (create && !create->record.settled_at) {
    create->record.settled_at = desk->clock.wall_now();
    changes.operations.push_back(create->record);
  }
  co_await desk->journal.insist("terminate.gone", std::move(changes));
}

}  // namespace

boost::asio::awaitable<void> carry_terminate(DeskPtr desk, OperationPtr operation) {
  AttemptRecord asked;
  if (operation->attempts.empty() && !co_await begin_attempt(desk, operation, std::move(asked))) co_return;
  const InstanceRef machine(operation->record.cloud_id, operation->record.location);
  Overlay going;
  going.by = operation->record.id;
  going.status = LifecycleStatus::terminating;
  going.until = desk->clock.now() + shown_for;
  co_await show(desk, machine.cloud_id, std::move(going));
  do {
    if (!co_await ask_to_end(desk, operation)) co_return;
    desk->parts.queue->poke(desk->listing_of(machine.location));
  } while (!co_await is_gone_soon(desk, machine));

  const OperationPtr create = desk->journal.find_create(machine.cloud_id);
  co_await let_go(desk, operation, create);
  desk->parts.overlays->remove(machine.cloud_id);
  InstanceNews gone;
  gone.location = desk->listing_of(machine.location);
  gone.what = InstanceGone{machine.cloud_id, "terminated by operation " + operation->record.id};
  co_await tell(desk, std::move(gone));
  co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt);
  if (create) desk->tasks.spawn("lifecycle resources", remove_resources(desk, create));
}

boost::asio::awaitable<OperationPtr> end_machine(DeskPtr desk, CloudId machine, std::string location, RefId ref_id,
                                                 std::string why, JournalChanges with) {
  OperationPtr operation = desk->journal.find_open(OperationKind::terminate, machine);
  if (operation) {
    co_await desk->journal.insist("terminate.join", std::move(with));
    co_return operation;
  }
  OperationRecord record = new_record(*desk, OperationKind::terminate, {});
  record.ref_id = std::move(ref_id);
  record.cloud_id = std::move(machine);
  record.location = std::move(location);
  operation = desk->journal.add(record);
  Event started = operation_event("operation_started", record);
  started.detail = started.detail ? *started.detail + ", " + why : why;
  with.operations.push_back(std::move(record));
  with.events.push_back(std::move(started));
  co_await desk->journal.insist("terminate.begin", std::move(with));
  desk->tasks.spawn("lifecycle terminate", carry_terminate(desk, operation));
  co_return operation;
}

}  // namespace tally::lifecycle
