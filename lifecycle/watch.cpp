#include "lifecycle/watch.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/carry_retire.hpp"
#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/clock_agreement.hpp"
#include "lifecycle/create_decision.hpp"
#include "lifecycle/hold_type.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/late_failure.hpp"
#include "lifecycle/remove_resources.hpp"
#include "lifecycle/resources.hpp"
#include "runtime/failpoint.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::chrono::seconds watch_every{5};

/// The creates whose RefID a machine carries that none of them was answered with.
std::vector<OperationRecord> creates_in_question(const Desk& desk) {
  std::vector<RefId> refs;
  for_each_row(desk.instances(), [&](const KnownInstance& known) {
    if (known.row->ref_id.empty() || known.ended_at || desk.journal.find_create(id_of(known))) return;
    refs.push_back(known.row->ref_id);
  });
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  std::vector<OperationRecord> records;
  for (const RefId& ref : refs) {
    for (const OperationPtr& create : desk.journal.creates_of(ref)) records.push_back(create->record);
  }
  return records;
}

boost::asio::awaitable<void> end_strays(DeskPtr desk) {
  if (TALLY_IS_PLANTED("stray left alone")) co_return;
  const std::vector<CloudId> strays = strays_of(creates_in_question(*desk), desk->instances(), desk->parts.credential);
  for (const CloudId& id : strays) {
    const KnownInstance* known = desk->find(id);
    if (!is_live(known) || desk->journal.find_open(OperationKind::terminate, id)) continue;
    const std::string location = known->row->location;
    const RefId ref_id = known->row->ref_id;
    JournalChanges nothing_more;
    co_await end_machine(desk, id, location, ref_id, "it came after its create had been given up",
                         std::move(nothing_more));
  }
}

/// The create is `cleaned_up`, with the vendor's reason, and what it made is ended, in one transaction.
boost::asio::awaitable<void> end_late_failure(DeskPtr desk, OperationPtr create, LateFailure failure) {
  create->record.settled_at = desk->clock.wall_now();
  const OperationRecord record = create->record;
  Error error;
  error.kind = failure.kind;
  error.operation = "create";
  error.message = failure.message;
  JournalChanges changes;
  desk->journal.put_outcome(*create, OperationState::cleaned_up, error, changes);
  Event failed = operation_event("create_failed", record);
  failed.detail = failure.message;
  changes.events.push_back(std::move(failed));
  if (failure.kind == Errc::insufficient_resources) hold_type(*desk, record, record.sub_location, changes);
  co_await end_machine(desk, record.cloud_id, record.location, record.ref_id, failure.message, std::move(changes));
  desk->journal.conclude(create, OperationState::cleaned_up, std::move(error));
}

boost::asio::awaitable<void> settle(DeskPtr desk, OperationPtr create) {
  create->record.settled_at = desk->clock.wall_now();
  JournalChanges changes;
  changes.operations.push_back(create->record);
  co_await desk->journal.insist("create.settle", std::move(changes));
}

/// A list that began when the machine should have run is known. `began`: this process. Of a machine that should have
/// run before that nobody knows whether it did: it may be on its way a second time, and has as long again.
boost::asio::awaitable<bool> is_listed_in_the_end(DeskPtr desk, OperationRecord create, TimePoint began) {
  const std::chrono::seconds deadline = desk->options.running_deadline;
  const Timestamp end = create.finished_at.value_or(create.created_at) + deadline;
  const TimePoint now = desk->clock.now();
  TimePoint over_at = now - (desk->clock.wall_now() - end);
  if (over_at < began) over_at = began + deadline;
  if (over_at > now) co_return false;
  co_return co_await is_listed_since(desk, desk->listing_of(create.location), over_at, now);
}

/// `is_clock_believed`: whether a machine is late can be told.
boost::asio::awaitable<void> look_at_new_machines(DeskPtr desk, TimePoint began, bool is_clock_believed) {
  const std::vector<OperationPtr> creates = desk->journal.creates();
  for (const OperationPtr& create : creates) {
    if (!create->has_machine() || create->record.settled_at) continue;
    const OperationRecord record = create->record;
    if (desk->journal.find_open(OperationKind::terminate, record.cloud_id)) continue;
    bool is_listed = is_clock_believed && co_await is_listed_in_the_end(desk, record, began);
    const KnownInstance* known = desk->find(record.cloud_id);
    if (known == nullptr) is_listed = is_listed && !desk->parts.queue->hides_rows(desk->listing_of(record.location));
    FirstDays days = judge_first_days(record, known, is_listed, desk->clock.wall_now(), desk->options.running_deadline,
                                      desk->parts.stops_what_fails);
    if (days.is_settled) co_await settle(desk, create);
    if (days.failure) co_await end_late_failure(desk, create, std::move(*days.failure));
  }
}

bool has_resources_in_use(const Operation& create) {
  return std::any_of(create.resources.begin(), create.resources.end(),
                     [](const ResourceRecord& resource) { return resource.state == ResourceState::in_use; });
}

/// Whoever ended a machine, what was made with it goes.
boost::asio::awaitable<void> let_go_of_ended(DeskPtr desk, TimePoint began) {
  const std::vector<OperationPtr> creates = desk->journal.creates();
  for (const OperationPtr& create : creates) {
    if (!create->has_machine() || !has_resources_in_use(*create)) continue;
    const OperationRecord record = create->record;
    if (desk->journal.find_open(OperationKind::terminate, record.cloud_id)) continue;
    const KnownInstance* known = desk->find(record.cloud_id);
    if (known != nullptr && !known->ended_at) continue;
    if (known == nullptr) {  // it ended before this process began, or is not known yet
      const bool is_new = desk->clock.wall_now() - record.created_at < desk->options.conclude_after;
      const std::string listing = desk->listing_of(record.location);
      if (is_new || !co_await is_listed_since(desk, listing, began, desk->clock.now())) continue;
      if (desk->find(record.cloud_id) != nullptr) continue;
    }
    JournalChanges changes;
    move_resources(*create, ResourceState::removing, changes);
    co_await desk->journal.insist("create.ended", std::move(changes));
    desk->tasks.spawn("lifecycle resources", remove_resources(desk, create));
  }
}

}  // namespace

boost::asio::awaitable<void> watch(DeskPtr desk) {
  const TimePoint began = desk->clock.now();
  const ClockAgreement agreement(began, desk->clock.wall_now());
  const KnownInstances* seen = nullptr;
  std::uint64_t version = 0;
  for (;;) {
    // Machines and RefIDs are compared when one of them has changed.
    const KnownInstances* now = desk->parts.known().instances.get();
    if (std::exchange(seen, now) != now || std::exchange(version, desk->journal.version()) != desk->journal.version()) {
      co_await end_strays(desk);
    }
    const auto ahead = desk->parts.vendor_ahead ? desk->parts.vendor_ahead() : std::nullopt;
    const bool is_clock_believed = agreement.holds(desk->clock.now(), desk->clock.wall_now(), ahead);
    co_await look_at_new_machines(desk, began, is_clock_believed);
    co_await let_go_of_ended(desk, began);
    co_await release_holds(desk);
    co_await retire_due(desk, is_clock_believed);
    co_await desk->clock.sleep_until(desk->clock.now() + watch_every);
  }
}

}  // namespace tally::lifecycle
