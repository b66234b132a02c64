#include "simcloud/ssh_fault.hpp"

#include <algorithm>
#include <array>

namespace tally::simcloud {
namespace {

constexpr std::array<std::string_view, 10> fault_names = {
    "none",         "unreachable",    "silent",      "tarpit",       "banner",
    "auth_refused", "dies_at_banner", "dies_at_kex", "dies_at_auth", "dies_at_exec"};

}  // namespace

std::string_view to_string(SshFault fault) { return fault_names.at(static_cast<std::size_t>(fault)); }

std::optional<SshFault> ssh_fault_from(std::string_view name) {
  const auto* const at = std::find(fault_names.begin(), fault_names.end(), name);
  if (at == fault_names.end()) return std::nullopt;
  return static_cast<SshFault>(at - fault_names.begin());
}

}  // namespace tally::simcloud
