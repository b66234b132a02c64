#include "tally/operation.hpp"

#include <algorithm>
#include <array>

namespace tally {
namespace {

constexpr std::array<std::string_view, 11> kinds{"create",
                                                 "terminate",
                                                 "stop",
                                                 "start",
                                                 "reboot",
                                                 "resize",
                                                 "tags",
                                                 "change_type",
                                                 "add_firewall_rules",
                                                 "revoke_firewall_rules",
                                                 "retire"};
constexpr std::array<std::string_view, 6> operation_states{"started", "succeeded", "failed",
                                                           "unknown", "adopted",   "cleaned_up"};

template <class Enum, std::size_t count>
std::optional<Enum> named(const std::array<std::string_view, count>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? std::nullopt : std::optional(static_cast<Enum>(at - names.begin()));
}

}  // namespace

std::string_view to_string(OperationKind kind) { return kinds.at(static_cast<std::size_t>(kind)); }
std::optional<OperationKind> operation_kind_from(std::string_view name) { return named<OperationKind>(kinds, name); }
std::string_view to_string(OperationState state) { return operation_states.at(static_cast<std::size_t>(state)); }
std::optional<OperationState> operation_state_from(std::string_view name) {
  return named<OperationState>(operation_states, name);
}

}  // namespace tally
