// The names of the model's enumerations, as stored in the catalog, and small look-ups.
#include <algorithm>
#include <array>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"

namespace tally {

std::string_view to_string(UsageClass usage) { return usage == UsageClass::spot ? "spot" : "on-demand"; }

std::string_view to_string(PriceSource source) {
  switch (source) {
    case PriceSource::api: return "api";
    case PriceSource::list: return "list";
    case PriceSource::estimate: return "estimate";
  }
  return "api";
}

std::string_view to_string(AvailabilityReason reason) {
  switch (reason) {
    case AvailabilityReason::capacity: return "capacity";
    case AvailabilityReason::quota: return "quota";
    case AvailabilityReason::disabled: return "disabled";
    case AvailabilityReason::unlisted: return "unlisted";
    case AvailabilityReason::held: return "held";
  }
  return "capacity";
}

namespace {
constexpr std::array<std::string_view, 9> lifecycle_names = {
    "pending", "running", "stopping", "stopped", "suspending", "suspended", "terminating", "terminated", "failed"};
}  // namespace

std::string_view to_string(LifecycleStatus status) { return lifecycle_names.at(static_cast<std::size_t>(status)); }

std::optional<LifecycleStatus> lifecycle_status_from(std::string_view name) {
  const auto* const at = std::find(lifecycle_names.begin(), lifecycle_names.end(), name);
  if (at == lifecycle_names.end()) return std::nullopt;
  return static_cast<LifecycleStatus>(at - lifecycle_names.begin());
}

const Price* find_price(const InstanceType& type, UsageClass usage) {
  const auto at = std::find_if(type.prices.begin(), type.prices.end(),
                               [usage](const Price& price) { return price.usage_class == usage; });
  return at == type.prices.end() ? nullptr : &*at;
}

}  // namespace tally
