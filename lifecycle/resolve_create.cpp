#include "lifecycle/resolve_create.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/create_decision.hpp"
#include "lifecycle/remove_resources.hpp"
#include "lifecycle/resources.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::chrono::seconds pause_between_looks{5};
constexpr std::chrono::seconds listing_patience{60};

/// Why a create came to nothing, as its last call said; after a restart the journal's words are what is left.
Error error_of(const Operation& operation) {
  if (operation.error) return *operation.error;
  Error error;
  error.kind = Errc::service_unavailable;
  error.operation = "create";
  error.message = "no answer told what came of it, and no machine was found";
  if (!operation.attempts.back().error.empty()) error.message = operation.attempts.back().error;
  return error;
}

/// Live machines of it that nobody ends yet.
std::vector<Sighting> see(const Desk& desk, const Operation& create) {
  std::vector<CloudId> answered;
  Timestamp first_begun = create.record.created_at;
  for (const OperationPtr& one : desk.journal.creates_of(create.record.ref_id)) {
    if (!one->record.cloud_id.empty()) answered.push_back(one->record.cloud_id);
    first_begun = std::min(first_begun, one->record.created_at);
  }
  std::vector<Sighting> seen = sightings_of(create.record, desk.instances(), answered, first_begun);
  std::erase_if(seen, [&desk](const Sighting& one) {
    return desk.journal.find_open(OperationKind::terminate, one.id) != nullptr;
  });
  return seen;
}

boost::asio::awaitable<void> adopt_sighted(DeskPtr desk, OperationPtr operation, Sighting seen) {
  const CloudId machine = seen.id;
  JournalChanges changes;
  desk->journal.give(operation, machine);
  // One that was there before is not ended for what it is in.
  if (seen.is_old) operation->record.settled_at = desk->clock.wall_now();
  move_resources(*operation, ResourceState::in_use, changes);
  settle_retirement(*desk, operation->record, machine, changes);
  co_await desk->journal.finish(operation, OperationState::adopted, std::nullopt, std::move(changes));
}

/// None of them is what was asked for. What a create made beside them goes when they are gone.
boost::asio::awaitable<void> end_all(DeskPtr desk, OperationPtr operation, std::vector<Sighting> machines) {
  const std::string why = "made by create " + operation->record.id + ", which came to nothing";
  for (const Sighting& machine : machines) {
    if (machine.is_old) continue;
    const KnownInstance* known = desk->find(machine.id);
    const std::string location = known != nullptr ? known->row->location : operation->record.location;
    JournalChanges nothing_more;
    co_await end_machine(desk, machine.id, location, operation->record.ref_id, why, std::move(nothing_more));
  }
  Error error = error_of(*operation);
  const std::vector<OperationPtr> ends = desk->journal.ends_of(operation->record.ref_id);
  if (ends.size() > 1) {
    error.kind = Errc::internal;
    error.message = "one create made more machines than one: they were ended";
  }
  for (const OperationPtr& end : ends) co_await wait_until_over(end);
  JournalChanges changes;
  move_resources(*operation, ResourceState::removing, changes);
  settle_retirement(*desk, operation->record, std::nullopt, changes);
  co_await desk->journal.finish(operation, OperationState::cleaned_up, std::move(error), std::move(changes));
}

boost::asio::awaitable<void> conclude_absent(DeskPtr desk, OperationPtr operation) {
  const bool has_parts = !operation->resources.empty();
  JournalChanges changes;
  move_resources(*operation, ResourceState::removing, changes);
  settle_retirement(*desk, operation->record, std::nullopt, changes);
  Error error = error_of(*operation);
  co_await desk->journal.finish(operation, has_parts ? OperationState::cleaned_up : OperationState::failed,
                                std::move(error), std::move(changes));
}

}  // namespace

boost::asio::awaitable<void> resolve_create(DeskPtr desk, OperationPtr operation) {
  const std::string listing = desk->listing_of(operation->record.location);
  const TimePoint over = desk->clock.now();  // the call, or what is left of it
  TimePoint concluded = over + desk->options.conclude_after;
  if (TALLY_IS_PLANTED("not there concluded early")) concluded = over;
  bool is_listed = false;
  bool is_poked_late = false;
  desk->parts.queue->poke(listing);
  while (!operation->is_over()) {
    const bool is_late = desk->clock.now() > concluded;
    if (is_late && !std::exchange(is_poked_late, true)) desk->parts.queue->poke(listing);
    const bool is_newly_listed =
        co_await is_listed_since(desk, listing, is_late ? concluded : over, desk->clock.now() + listing_patience);
    is_listed = is_listed || is_newly_listed;
    std::vector<Sighting> seen = see(*desk, *operation);
    const bool is_being_ended = !desk->journal.ends_of(operation->record.ref_id).empty();
    const bool is_concluded = is_newly_listed && is_late && !desk->parts.queue->hides_rows(listing);
    Verdict verdict = judge(operation->attempts.back().outcome, seen, is_listed, is_concluded);
    if (is_being_ended && verdict != Verdict::adopt) verdict = Verdict::end_all;
    switch (verdict) {
      case Verdict::adopt: co_await adopt_sighted(desk, operation, seen.front()); break;
      case Verdict::end_all: co_await end_all(desk, operation, std::move(seen)); break;
      case Verdict::absent: co_await conclude_absent(desk, operation); break;
      case Verdict::wait: co_await desk->clock.sleep_until(desk->clock.now() + pause_between_looks); break;
    }
  }
  desk->tasks.spawn("lifecycle resources", remove_resources(desk, operation));
}

}  // namespace tally::lifecycle
