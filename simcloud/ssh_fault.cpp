#include "simcloud/ssh_fault.hpp"

#include <algorithm>
#include <array>

namespace tally::simcloud {
namespace {

constexpr std::array<std::string_view, 10> names = {"none",         "unreachable",  "silent",         "tarpit",
                                                    "banner",       "auth_refused", "dies_at_banner", "dies_at_kex",
                                                    "dies_at_auth", "dies_at_exec"};

}  // namespace

std::string_view to_string(SshFault fault) { return names.at(static_cast<std::size_t>(fault)); }

std::optional<SshFault> ssh_fault_from(std::string_view name) {
  const auto* const at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<SshFault>(at - names.begin());
}

}  // namespace tally::simcloud
