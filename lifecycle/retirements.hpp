// When machines are to be ended, as the journal has it. Loop thread.
#pragma once

#include <optional>
#include <string>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

[[nodiscard]] std::optional<RetirementRecord> retirement_of(const Desk& desk, const CloudId& machine);

/// In memory alone: what was set could not be written.
void put_back(Desk& desk, const CloudId& machine, const std::optional<RetirementRecord>& before);

/// A machine's retirement, set or (nothing) taken back: in memory, and in `changes`, which are to be written.
void set_retirement(Desk& desk, const CloudId& machine, std::optional<Timestamp> at, JournalChanges& changes);

/// "retire_set" and its like. `at`: nothing is never.
Event retirement_event(std::string kind, const CloudId& machine, std::optional<Timestamp> at);

/// That of a create that has its machine now moves to it; of one that came to none it goes.
void settle_retirement(Desk& desk, const OperationRecord& create, const std::optional<CloudId>& machine,
                       JournalChanges& changes);

}  // namespace tally::lifecycle
