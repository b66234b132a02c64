#include "lifecycle/retirements.hpp"

#include <utility>

namespace tally::lifecycle {

std::optional<RetirementRecord> retirement_of(const Desk& desk, const CloudId& machine) {
  const auto at = desk.journal.retirements.find(machine);
  return at == desk.journal.retirements.end() ? std::nullopt : std::optional(at->second);
}

void put_back(Desk& desk, const CloudId& machine, const std::optional<RetirementRecord>& before) {
  desk.journal.retirements.erase(machine);
  if (before) desk.journal.retirements[machine] = *before;
}

void set_retirement(Desk& desk, const CloudId& machine, std::optional<Timestamp> at, JournalChanges& changes) {
  if (!at) {
    desk.journal.retirements.erase(machine);
    changes.retirements_ended.push_back(machine);
    return;
  }
  RetirementRecord retirement;
  retirement.cloud_id = machine;
  retirement.retire_at = *at;
  desk.journal.retirements[machine] = retirement;
  changes.retirements.push_back(retirement);
}

Event retirement_event(std::string kind, const CloudId& machine, std::optional<Timestamp> at) {
  Event event;
  event.kind = std::move(kind);
  event.subject_kind = "instance";
  event.subject_id = machine.str();
  event.field = "retire_at_ms";
  if (at) event.new_value = std::to_string(at->time_since_epoch().count());
  return event;
}

void settle_retirement(Desk& desk, const OperationRecord& create, const std::optional<CloudId>& machine,
                       JournalChanges& changes) {
  const CloudId waiting(create.id);
  const auto at = desk.journal.retirements.find(waiting);
  if (at == desk.journal.retirements.end()) return;
  const Timestamp when = at->second.retire_at;
  set_retirement(desk, waiting, std::nullopt, changes);
  if (machine) set_retirement(desk, *machine, when, changes);
}

}  // namespace tally::lifecycle
