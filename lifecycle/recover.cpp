#include "lifecycle/recover.hpp"

#include <utility>

#include "lifecycle/carry_change.hpp"
#include "lifecycle/carry_retire.hpp"
#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/remove_resources.hpp"
#include "lifecycle/resolve_create.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

/// What an operation that is not over needs, from its journal alone.
enum class Recovery {
  never_sent,    // it failed: nobody was asked
  adopt,         // a create that a machine was there for
  refused,       // it failed: the last call was refused
  conclude,      // its answer is in the journal
  find_machine,  // a create whose outcome is not known
  tell,          // a retirement: it is set, and the vendor is told (once more)
  look,          // something else whose outcome is not known
  end,           // a terminate goes on
};

Recovery recovery_of(const Operation& operation) {
  if (operation.record.kind == OperationKind::terminate) return Recovery::end;
  if (operation.record.kind == OperationKind::retire) return Recovery::tell;
  if (operation.attempts.empty()) {
    const bool is_adoption = operation.record.kind == OperationKind::create && !operation.record.cloud_id.empty();
    return is_adoption ? Recovery::adopt : Recovery::never_sent;
  }
  const AttemptOutcome last = operation.attempts.back().outcome;
  if (last == AttemptOutcome::refused) return Recovery::refused;
  if (last == AttemptOutcome::answered) return Recovery::conclude;
  return operation.record.kind == OperationKind::create ? Recovery::find_machine : Recovery::look;
}

Error error_about(const Operation& operation, Certainty certainty, std::string message) {
  Error error;
  error.kind = Errc::service_unavailable;
  error.operation = to_string(operation.record.kind);
  error.certainty = certainty;
  error.message = std::move(message);
  return error;
}

boost::asio::awaitable<void> fail(DeskPtr desk, OperationPtr operation, Error error) {
  JournalChanges changes;
  settle_retirement(*desk, operation->record, std::nullopt, changes);
  co_await desk->journal.finish(operation, OperationState::failed, std::move(error), std::move(changes));
}

boost::asio::awaitable<void> go_on_finding(DeskPtr desk, OperationPtr operation) {
  if (operation->record.state != OperationState::unknown) {
    operation->record.state = OperationState::unknown;
    JournalChanges changes;
    changes.operations.push_back(operation->record);
    co_await desk->journal.insist("create.recover", std::move(changes));
  }
  co_await resolve_create(desk, operation);
}

/// The journal has no request, but what the machine shows when it was done. A reboot has nothing else in it.
boost::asio::awaitable<void> look_whether_done(DeskPtr desk, OperationPtr operation) {
  const OperationRecord& record = operation->record;
  if (record.kind == OperationKind::reboot && is_rebooting(*desk, record.cloud_id)) {
    Request again = Reboot{{record.credential, record.cloud_id, record.location}};
    std::vector<OperationPtr> none;
    co_await carry_change(desk, operation, std::move(again), std::move(none));
    co_return;
  }
  if (co_await is_found_done(desk, operation)) {
    co_await conclude_change(desk, operation);
    co_return;
  }
  Error error = error_about(*operation, Certainty::unknown,
                            "tallyd ended while it was asked for, and it is not known whether it was done: look, and "
                            "ask again");
  co_await fail(desk, operation, std::move(error));
}

boost::asio::awaitable<void> go_on_with(DeskPtr desk, OperationPtr operation) {
  switch (recovery_of(*operation)) {
    case Recovery::end: co_await carry_terminate(desk, operation); break;
    case Recovery::adopt: co_await desk->journal.finish(operation, OperationState::adopted, std::nullopt); break;
    case Recovery::tell: co_await carry_retire(desk, operation, std::nullopt); break;
    case Recovery::find_machine: co_await go_on_finding(desk, operation); break;
    case Recovery::look: co_await look_whether_done(desk, operation); break;
    case Recovery::conclude: co_await desk->journal.finish(operation, OperationState::succeeded, std::nullopt); break;
    case Recovery::never_sent: {
      Error error = error_about(*operation, Certainty::nothing_happened, "tallyd ended before it was sent");
      co_await fail(desk, operation, std::move(error));
      break;
    }
    case Recovery::refused: {
      Error error = error_about(*operation, Certainty::nothing_happened, operation->attempts.back().error);
      co_await fail(desk, operation, std::move(error));
      break;
    }
  }
}

}  // namespace

void recover(const DeskPtr& desk) {
  if (TALLY_IS_PLANTED("recovery forgotten")) return;
  for (const OperationPtr& operation : desk->journal.open()) {
    desk->tasks.spawn("lifecycle recovery", go_on_with(desk, operation));
  }
  for (const OperationPtr& create : desk->journal.creates()) {
    if (!create->resources.empty()) desk->tasks.spawn("lifecycle resources", remove_resources(desk, create));
  }
}

}  // namespace tally::lifecycle
