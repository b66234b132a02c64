#include "simcloud/machine.hpp"

#include <algorithm>
#include <array>

namespace tally::simcloud {
namespace {

constexpr std::array<std::string_view, 8> names = {"booting", "active",      "unhealthy",  "stopping",
                                                   "stopped", "terminating", "terminated", "failed"};

}  // namespace

std::string_view to_string(MachineStatus status) { return names.at(static_cast<std::size_t>(status)); }

std::optional<MachineStatus> status_from(std::string_view name) {
  const auto* const at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<MachineStatus>(at - names.begin());
}

}  // namespace tally::simcloud
