#include "lifecycle/journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "runtime/failpoint.hpp"
#include "runtime/guarded.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::size_t ended_remembered = 1'000;
constexpr std::chrono::seconds write_again{1};

}  // namespace

Journal::Journal(CredentialRef credential, CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop,
                 const JournalRecords& records)
    : holds(records.holds), credential_(std::move(credential)), writer_(writer), clock_(clock), loop_(std::move(loop)) {
  for (const OperationRecord& record : records.operations) add(record);
  for (const AttemptRecord& attempt : records.attempts) {
    if (const OperationPtr operation = find(attempt.operation_id)) operation->attempts.push_back(attempt);
  }
  for (const ResourceRecord& resource : records.resources) {
    if (const OperationPtr operation = find(resource.operation_id)) operation->resources.push_back(resource);
  }
  for (const RetirementRecord& one : records.retirements) retirements[one.cloud_id] = one;
}

OperationPtr Journal::add(OperationRecord record) {
  auto operation = std::make_shared<Operation>(std::move(record), loop_);
  const OperationRecord& of = operation->record;
  operations_[of.id] = operation;
  if (!operation->is_over()) open_[of.id] = operation;
  if (of.kind != OperationKind::create) return operation;
  creates_.push_back(operation);
  by_ref_id_.emplace(of.ref_id, operation);
  if (!of.cloud_id.empty()) by_machine_[of.cloud_id] = operation;
  return operation;
}

void Journal::forget(const OperationPtr& operation, Error why) {
  const OperationRecord& of = operation->record;
  operations_.erase(of.id);
  open_.erase(of.id);
  std::erase(creates_, operation);
  std::erase_if(by_ref_id_, [&operation](const auto& entry) { return entry.second == operation; });
  std::erase_if(by_machine_, [&operation](const auto& entry) { return entry.second == operation; });
  operation->is_unwritten = true;
  operation->error = std::move(why);
  operation->changed.cancel();
  ++version_;
}

void Journal::give(const OperationPtr& create, const CloudId& machine) {
  create->record.cloud_id = machine;
  by_machine_[machine] = create;
  ++version_;
}

OperationPtr Journal::find(const std::string& id) const {
  const auto at = operations_.find(id);
  return at == operations_.end() ? nullptr : at->second;
}

OperationPtr Journal::find_open(const std::string& digest) const {
  for (const auto& [id, operation] : open_) {
    if (operation->record.request_sha256 == digest) return operation;
  }
  return nullptr;
}

OperationPtr Journal::find_open(OperationKind kind, const CloudId& machine) const {
  for (const auto& [id, operation] : open_) {
    if (operation->record.kind == kind && operation->record.cloud_id == machine) return operation;
  }
  return nullptr;
}

OperationPtr Journal::find_create(const CloudId& machine) const {
  const auto at = by_machine_.find(machine);
  return at == by_machine_.end() ? nullptr : at->second;
}

std::vector<OperationPtr> Journal::creates_of(const RefId& ref_id) const {
  std::vector<OperationPtr> creates;
  const auto [begin, end] = by_ref_id_.equal_range(ref_id);
  for (auto at = begin; at != end; ++at) creates.push_back(at->second);
  return creates;
}

std::vector<OperationPtr> Journal::open() const {
  std::vector<OperationPtr> open;
  for (const auto& [id, operation] : open_) open.push_back(operation);
  return open;
}

std::vector<OperationPtr> Journal::ends_of(const RefId& ref_id) const {
  std::vector<OperationPtr> ends;
  for (const auto& [id, operation] : open_) {
    const OperationRecord& record = operation->record;
    if (record.kind == OperationKind::terminate && record.ref_id == ref_id) ends.push_back(operation);
  }
  return ends;
}

boost::asio::awaitable<void> Journal::write([[maybe_unused]] std::string step, JournalChanges changes) {
  changes.at = clock_.wall_now();
  TALLY_FAILPOINT(step + ".commit.before");
  auto job = [credential = credential_, changes = std::move(changes)](Catalog& catalog) {
    catalog.apply(credential, changes);
  };
  co_await writer_.write(WritePriority::journal, "operations", std::move(job));
  ++version_;
  TALLY_FAILPOINT(step + ".commit.after");
}

boost::asio::awaitable<void> Journal::insist(std::string step, JournalChanges changes) {
  std::string told;
  for (;;) {
    const std::exception_ptr failure = co_await failure_of(write(step, changes));
    if (!failure) co_return;
    const std::string why = words_of(failure);
    if (why != told) spdlog::error("lifecycle: {}: the journal takes no record: {}", credential_.str(), why);
    told = why;
    co_await clock_.sleep_until(clock_.now() + write_again);
  }
}

void Journal::put_outcome(const Operation& operation, OperationState state, const std::optional<Error>& error,
                          JournalChanges& changes) const {
  OperationRecord record = operation.record;
  record.state = state;
  record.finished_at = clock_.wall_now();
  record.error_kind = error ? std::string(to_string(error->kind)) : std::string();
  record.error = error ? to_text(*error) : std::string();
  Event finished = operation_event("operation_finished", record);
  finished.field = "state";
  finished.old_value = to_string(operation.record.state);
  finished.new_value = to_string(state);
  if (error) finished.detail = record.error;
  changes.operations.push_back(std::move(record));
  changes.events.push_back(std::move(finished));
}

void Journal::conclude(const OperationPtr& operation, OperationState state, std::optional<Error> error) {
  OperationRecord& record = operation->record;
  record.state = state;
  record.finished_at = clock_.wall_now();
  record.error_kind = error ? std::string(to_string(error->kind)) : std::string();
  record.error = error ? to_text(*error) : std::string();
  operation->error = std::move(error);
  operation->changed.cancel();
  ++version_;
  if (open_.erase(record.id) == 0 || record.kind == OperationKind::create) return;
  ended_.push_back(record.id);
  if (ended_.size() <= ended_remembered) return;
  operations_.erase(ended_.front());
  ended_.pop_front();
}

boost::asio::awaitable<void> Journal::finish(OperationPtr operation, OperationState state, std::optional<Error> error,
                                             JournalChanges with) {
  put_outcome(*operation, state, error, with);
  co_await insist(std::string(to_string(operation->record.kind)) + ".finish", std::move(with));
  conclude(operation, state, std::move(error));
}

boost::asio::awaitable<void> Journal::finish(OperationPtr operation, OperationState state, std::optional<Error> error) {
  return finish(std::move(operation), state, std::move(error), JournalChanges());
}

Error unwritten(const std::exception_ptr& failure) {
  Error error;
  error.kind = Errc::internal;
  error.operation = "write the journal";
  error.message = words_of(failure);
  error.certainty = Certainty::nothing_happened;
  return error;
}

Event operation_event(std::string kind, const OperationRecord& operation) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "operation";
  event.subject_id = operation.id;
  event.detail = std::string(to_string(operation.kind)) + " of " +
                 (operation.ref_id.empty() ? operation.cloud_id.str() : operation.ref_id.str());
  return event;
}

}  // namespace tally::lifecycle
