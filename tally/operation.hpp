// The vocabulary of operations: what users ask for that changes something at a vendor, one row each in the journal.
#pragma once

#include <optional>
#include <string_view>

namespace tally {

/// The names are stored in the catalog: do not rename.
enum class OperationKind {
  create,
  terminate,
  stop,
  start,
  reboot,
  resize,
  tags,
  change_type,
  add_firewall_rules,
  revoke_firewall_rules,
  retire,
};
std::string_view to_string(OperationKind kind);
std::optional<OperationKind> operation_kind_from(std::string_view name);

/// The names are stored in the catalog: do not rename.
enum class OperationState {
  started,     // in the journal, and not over
  succeeded,   // the vendor accepted it; of a terminate: the machine is gone
  failed,      // certainly not done, or refused
  unknown,     // sent, and it is being found out what came of it: not over
  adopted,     // a create: a machine that carries its RefID was found, and is its machine
  cleaned_up,  // a create: what it made is ended and removed
};
std::string_view to_string(OperationState state);
std::optional<OperationState> operation_state_from(std::string_view name);

constexpr bool is_over(OperationState state) {
  return state != OperationState::started && state != OperationState::unknown;
}

}  // namespace tally
