#include "lifecycle/begin_operation.hpp"

#include <utility>

#include "runtime/guarded.hpp"

namespace tally::lifecycle {

OperationRecord new_record(const Desk& desk, OperationKind kind, const std::string& digest) {
  OperationRecord record;
  record.id = desk.new_id();
  record.kind = kind;
  record.credential = desk.parts.credential;
  record.created_at = desk.clock.wall_now();
  record.request_sha256 = digest;
  return record;
}

boost::asio::awaitable<Checked<OperationPtr>> enter(DeskPtr desk, OperationRecord record, JournalChanges changes) {
  OperationPtr operation = desk->journal.add(record);
  changes.operations.push_back(record);
  changes.events.push_back(operation_event("operation_started", record));
  std::string step = std::string(to_string(record.kind)) + ".begin";
  const std::exception_ptr failure = co_await failure_of(desk->journal.write(std::move(step), std::move(changes)));
  if (!failure) co_return operation;
  Error error = unwritten(failure);
  desk->journal.forget(operation, error);
  co_return refused(std::move(error));
}

}  // namespace tally::lifecycle
