#include "lifecycle/desk.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "runtime/failpoint.hpp"
#include "runtime/guarded.hpp"

namespace tally::lifecycle {
namespace asio = boost::asio;

Desk::Desk(DeskParts of, const Options& with, Clock& time, const asio::any_io_executor& on,
           std::function<std::string()> ids, Journal records)
    : parts(std::move(of)),
      options(with),
      clock(time),
      loop(on),
      tasks(on, report_failure),
      new_id(std::move(ids)),
      journal(std::move(records)) {}

bool is_live(const KnownInstance* known) {
  return known != nullptr && !known->ended_at && known->status != LifecycleStatus::terminated &&
         known->status != LifecycleStatus::terminating;
}

asio::awaitable<bool> is_listed_since(DeskPtr desk, std::string listing, TimePoint since, TimePoint until) {
  const std::shared_ptr<void> lender = desk->parts.lender;
  co_return co_await desk->parts.queue->is_listed_since(std::move(listing), since, until);
}

asio::awaitable<void> tell(DeskPtr desk, InstanceNews news) {
  const std::shared_ptr<void> lender = desk->parts.lender;
  co_await desk->parts.queue->tell(std::move(news));
}

asio::awaitable<void> tell(DeskPtr desk, Instance machine) {
  InstanceNews news;
  news.location = desk->listing_of(machine.location);
  news.what = std::make_shared<const Instance>(std::move(machine));
  co_await tell(desk, std::move(news));
}

asio::awaitable<void> show(DeskPtr desk, CloudId machine, Overlay overlay) {
  const KnownInstance* known = desk->find(machine);
  if (known == nullptr) co_return;
  Instance vendors = *known->row;
  vendors.status = known->status;
  overlay.before = known->status;
  std::optional<Instance> shown = overlaid(vendors, overlay, desk->clock.now());
  desk->parts.overlays->set(machine, std::move(overlay));
  if (shown) co_await tell(desk, std::move(*shown));
}

void stop_showing(const Desk& desk, const CloudId& machine, const std::string& location) {
  desk.parts.overlays->remove(machine);
  desk.parts.queue->poke(desk.listing_of(location));
}

asio::awaitable<bool> begin_attempt(DeskPtr desk, OperationPtr operation, AttemptRecord attempt) {
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

asio::awaitable<void> fail_with_its_call(DeskPtr desk, OperationPtr operation, Error error) {
  const bool is_certain = error.certainty == Certainty::nothing_happened;
  JournalChanges changes;
  changes.attempts.push_back(
      end_attempt(*desk, *operation, is_certain ? AttemptOutcome::refused : AttemptOutcome::unknown, error));
  co_await desk->journal.finish(operation, OperationState::failed, std::move(error), std::move(changes));
}

asio::awaitable<void> wait_for_change(OperationPtr operation) {
  boost::system::error_code woken;
  co_await operation->changed.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

asio::awaitable<void> wait_until_over(OperationPtr operation) {
  while (!operation->is_over()) co_await wait_for_change(operation);
}

}  // namespace tally::lifecycle
