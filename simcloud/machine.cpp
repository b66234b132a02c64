#include "simcloud/machine.hpp"

#include <algorithm>
#include <array>

namespace tally::simcloud {
namespace {

constexpr std::array<std::string_view, 8> status_names = {"booting", "active",      "unhealthy",  "stopping",
                                                          "stopped", "terminating", "terminated", "failed"};

}  // namespace

std::string_view to_string(MachineStatus status) { return status_names.at(static_cast<std::size_t>(status)); }

std::optional<MachineStatus> status_from(std::string_view name) {
  const auto* const at = std::find(status_names.begin(), status_names.end(), name);
  if (at == status_names.end()) return std::nullopt;
  return static_cast<MachineStatus>(at - status_names.begin());
}

}  // namespace tally::simcloud
