#include "lifecycle/attempts.hpp"

#include <utility>

#include "lifecycle/retirements.hpp"
#include "runtime/failpoint.hpp"
#include "runtime/guarded.hpp"

namespace tally::lifecycle {

boost::asio::awaitable<bool> begin_attempt(DeskPtr desk, OperationPtr operation, AttemptRecord attempt) {
  attempt.operation_id = operation->record.id;
  attempt.number = static_cast<int>(operation->attempts.size());
  attempt.begun_at = desk->clock.wall_now();
  operation->attempts.push_back(attempt);
  if (TALLY_IS_PLANTED("no record before the call")) co_return true;
  JournalChanges changes;
  changes.attempts.push_back(std::move(attempt));
  std::string step = std::string(to_string(operation->record.kind)) + ".attempt";
  if (operation->is_our_own()) {
    co_await desk->journal.insist(std::move(step), std::move(changes));
    co_return true;
  }
  const std::exception_ptr failure = co_await failure_of(desk->journal.write(std::move(step), std::move(changes)));
  if (!failure) co_return true;
  Error error = unwritten(failure);
  JournalChanges with;
  with.attempts.push_back(end_attempt(*desk, *operation, AttemptOutcome::refused, error));
  settle_retirement(*desk, operation->record, std::nullopt, with);
  co_await desk->journal.finish(operation, OperationState::failed, std::move(error), std::move(with));
  co_return false;
}

AttemptRecord end_attempt(const Desk& desk, Operation& operation, AttemptOutcome outcome,
                          const std::optional<Error>& error) {
  AttemptRecord& attempt = operation.attempts.back();
  attempt.ended_at = desk.clock.wall_now();
  attempt.outcome = outcome;
  if (error) {
    attempt.error_kind = to_string(error->kind);
    attempt.error = to_text(*error);
  }
  return attempt;
}

boost::asio::awaitable<void> fail_with_its_call(DeskPtr desk, OperationPtr operation, Error error,
                                                JournalChanges changes) {
  const bool is_certain = error.certainty == Certainty::nothing_happened;
  changes.attempts.push_back(
      end_attempt(*desk, *operation, is_certain ? AttemptOutcome::refused : AttemptOutcome::unknown, error));
  co_await desk->journal.finish(operation, OperationState::failed, std::move(error), std::move(changes));
}

}  // namespace tally::lifecycle
