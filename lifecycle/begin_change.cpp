#include "lifecycle/begin_change.hpp"

#include <memory>
#include <utility>

#include "lifecycle/calls.hpp"
#include "lifecycle/carry_change.hpp"
#include "lifecycle/carry_retire.hpp"
#include "lifecycle/carry_terminate.hpp"
#include "lifecycle/change_checks.hpp"
#include "lifecycle/expenses.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/retirements.hpp"
#include "runtime/guarded.hpp"
#include "runtime/tasks.hpp"

namespace tally::lifecycle {
namespace {

Checked<Begun> begun_with(OperationPtr operation, bool was_over) {
  Begun begun;
  begun.operation = std::move(operation);
  begun.was_over = was_over;
  return begun;
}

/// The terminate that goes on with the machine; nullptr when none does. One of our own that was refused, and waits for
/// its hour, tries at once.
OperationPtr join_end(const Desk& desk, const CloudId& machine) {
  OperationPtr end = desk.journal.find_open(OperationKind::terminate, machine);
  if (end && end->record.state == OperationState::unknown) end->ask_again();
  return end;
}

/// What each place says of a machine.
using Whereabouts = std::vector<Result<Instance>>;

boost::asio::awaitable<void> look_in(DeskPtr desk, InstanceRef machine, std::shared_ptr<Whereabouts> all,
                                     std::size_t index) {
  Task<Instance> work = desk->parts.account->instance(std::move(machine));
  all->at(index) = co_await call<Instance>(desk, "locate", std::move(work));
}

/// Asked all at once: one that does not answer keeps none of the others.
boost::asio::awaitable<std::shared_ptr<Whereabouts>> look_everywhere(DeskPtr desk, CloudId machine,
                                                                     std::vector<std::string> places) {
  auto all = std::make_shared<Whereabouts>(places.size(), tl::unexpected(Error()));
  Tasks looking(desk->loop, report_failure);
  for (std::size_t i = 0; i < places.size(); ++i) {
    looking.spawn("lifecycle locate", look_in(desk, InstanceRef(machine, places[i]), all, i));
  }
  co_await looking.join();
  co_return all;
}

/// Where the provider has a machine that was never known here: it is asked in every place that is open.
boost::asio::awaitable<Checked<InstanceRef>> locate(DeskPtr desk, Machine machine) {
  std::vector<std::string> places;
  if (desk->parts.api_type == ApiType::global || !machine.location.empty()) {
    places.push_back(machine.location);
  } else {
    for (const auto& [name, known] : desk->parts.known().locations->rows) {
      if (known.is_listed && known.row->is_available) places.push_back(name);
    }
  }
  const std::shared_ptr<Whereabouts> answers = co_await look_everywhere(desk, machine.cloud_id, places);
  std::optional<Error> unanswered;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Result<Instance>& answer = answers->at(i);
    if (answer) co_return InstanceRef(machine.cloud_id, answer->location.empty() ? places[i] : answer->location);
    if (answer.error().kind == Errc::invalid_request) co_return refused(answer.error());
    if (!answer.error().matches(Errc::instance_not_found)) unanswered = answer.error();
  }
  if (places.empty()) {
    co_return refused(Errc::service_unavailable, "", "the provider's locations are not known yet: ask again");
  }
  if (!unanswered) co_return refused(Errc::instance_not_found, "", "the provider has no such instance");
  unanswered->kind = Errc::service_unavailable;
  unanswered->certainty = Certainty::nothing_happened;
  co_return refused(std::move(*unanswered));
}

boost::asio::awaitable<Checked<Begun>> begin_terminate(DeskPtr desk, Machine machine, std::string digest) {
  if (desk->parts.account->terminates() == nullptr) {
    co_return refused(Errc::not_implemented, "", "this provider cannot terminate instances");
  }
  OperationRecord record = new_record(*desk, OperationKind::terminate, digest);
  record.cloud_id = machine.cloud_id;
  const KnownInstance* known = desk->find(machine.cloud_id);
  const OperationPtr create = desk->journal.find_create(machine.cloud_id);
  const bool is_over = has_ended(known);
  if (known != nullptr) {
    record.location = known->row->location;
    record.ref_id = known->row->ref_id;
  } else if (create) {
    record.location = create->record.location;
    record.ref_id = create->record.ref_id;
  } else {
    Checked<InstanceRef> place = co_await locate(desk, machine);
    if (!place) co_return tl::unexpected(place.error());
    record.location = place->location;
  }
  // While it was looked for, another may have begun the same.
  if (OperationPtr goes_on = join_end(*desk, machine.cloud_id)) co_return begun_with(goes_on, false);
  JournalChanges none;
  const Checked<OperationPtr> operation = co_await enter(desk, std::move(record), std::move(none));
  if (!operation) co_return tl::unexpected(operation.error());
  if (is_over) {
    co_await desk->journal.finish(*operation, OperationState::succeeded, std::nullopt);
  } else {
    desk->tasks.spawn("lifecycle terminate", carry_terminate(desk, *operation));
  }
  co_return begun_with(*operation, is_over);
}

/// Set in the journal; the vendor is told where it can end machines itself.
boost::asio::awaitable<Checked<Begun>> begin_retire(DeskPtr desk, Retire retire, OperationRecord record) {
  const CloudId machine = record.cloud_id;
  const std::optional<RetirementRecord> before = retirement_of(*desk, machine);
  std::optional<Timestamp> when;
  if (retire.in) when = desk->clock.wall_now() + *retire.in;
  JournalChanges changes;
  set_retirement(*desk, machine, when, changes);
  changes.events.push_back(retirement_event("retire_set", machine, when));
  const Checked<OperationPtr> operation = co_await enter(desk, std::move(record), std::move(changes));
  if (!operation) {
    put_back(*desk, machine, before);
    co_return tl::unexpected(operation.error());
  }
  UntilNow until_now(before ? std::optional(before->retire_at) : std::nullopt);
  desk->tasks.spawn("lifecycle retire", carry_retire(desk, *operation, until_now));
  co_return begun_with(*operation, false);
}

bool changes_power(OperationKind kind) {
  return kind == OperationKind::stop || kind == OperationKind::start || kind == OperationKind::reboot ||
         kind == OperationKind::change_type;
}

/// What is read, changed and written back as a whole is changed by one operation at a time.
bool changes_the_same(OperationKind one, OperationKind other) {
  const auto changes_rules = [](OperationKind kind) {
    return kind == OperationKind::add_firewall_rules || kind == OperationKind::revoke_firewall_rules;
  };
  if (changes_rules(one)) return changes_rules(other);
  return one == OperationKind::tags && other == OperationKind::tags;
}

/// Those that go on with the machine and must be over before one of this kind begins.
std::vector<OperationPtr> operations_ahead(const Desk& desk, OperationKind kind, const CloudId& machine) {
  std::vector<OperationPtr> ahead = desk.journal.open();
  std::erase_if(ahead, [&](const OperationPtr& other) {
    return other->record.cloud_id != machine || !changes_the_same(kind, other->record.kind);
  });
  return ahead;
}

/// Of a machine that is being ended nothing else is asked; of power, and of its end, one thing at a time.
Checked<> check_no_other(const Desk& desk, OperationKind kind, const CloudId& machine) {
  for (const OperationPtr& other : desk.journal.open()) {
    const OperationRecord& record = other->record;
    if (record.cloud_id != machine) continue;
    const bool is_in_the_way = record.kind == OperationKind::terminate ||
                               (kind == OperationKind::retire && record.kind == OperationKind::retire) ||
                               (changes_power(kind) && changes_power(record.kind));
    if (!is_in_the_way) continue;
    return refused(Errc::conflict, "",
                   "operation " + record.id + " goes on with this instance: " + std::string(to_string(record.kind)));
  }
  return {};
}

Checked<> check_costs(const Desk& desk, const OperationRecord& record) {
  if (record.kind != OperationKind::start && record.kind != OperationKind::change_type) return {};
  const Expense more{"instance " + record.cloud_id.str(), record.price};
  return check_price_per_hour(desk.parts.guards, expenses_of(desk), more);
}

}  // namespace

boost::asio::awaitable<Checked<Begun>> begin_change(DeskPtr desk, Request request) {
  const Machine machine = *machine_of(request);
  if (auto passed = check_machine(machine); !passed) co_return tl::unexpected(passed.error());
  std::string digest = digest_of(request);
  const bool ends = std::holds_alternative<Terminate>(request);
  OperationPtr goes_on = ends ? join_end(*desk, machine.cloud_id) : desk->journal.find_open(digest);
  if (goes_on) co_return begun_with(goes_on, false);
  if (auto passed = check_not_read_only(desk->parts.guards); !passed) co_return tl::unexpected(passed.error());
  if (ends) co_return co_await begin_terminate(desk, machine, std::move(digest));

  const KnownInstance* known = desk->find(machine.cloud_id);
  if (known == nullptr || known->ended_at) {
    co_return refused(Errc::instance_not_found, "", "there is no such instance, or it has ended");
  }
  Checked<Request> checked = check_change(request, *desk->parts.account, *desk->parts.known().types, *known);
  if (!checked) co_return tl::unexpected(checked.error());
  const OperationKind kind = kind_of(request);
  if (auto passed = check_no_other(*desk, kind, machine.cloud_id); !passed) co_return tl::unexpected(passed.error());
  OperationRecord record = new_record(*desk, kind, digest);
  record.cloud_id = machine.cloud_id;
  record.ref_id = known->row->ref_id;
  record.location = known->row->location;
  if (const auto* change = std::get_if<ChangeType>(&*checked)) record.type = change->type;
  if (kind == OperationKind::start || kind == OperationKind::change_type) {
    record.price = price_after(*desk, *checked, *known);
  }
  if (auto passed = check_costs(*desk, record); !passed) co_return tl::unexpected(passed.error());
  if (const auto* retire = std::get_if<Retire>(&*checked)) {
    co_return co_await begin_retire(desk, *retire, std::move(record));
  }
  std::vector<OperationPtr> ahead = operations_ahead(*desk, kind, machine.cloud_id);
  JournalChanges none;
  const Checked<OperationPtr> operation = co_await enter(desk, std::move(record), std::move(none));
  if (!operation) co_return tl::unexpected(operation.error());
  desk->tasks.spawn("lifecycle change", carry_change(desk, *operation, std::move(*checked), std::move(ahead)));
  co_return begun_with(*operation, false);
}

}  // namespace tally::lifecycle
