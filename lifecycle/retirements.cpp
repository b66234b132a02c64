#include "lifecycle/retirements.hpp"

namespace tally::lifecycle {

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
