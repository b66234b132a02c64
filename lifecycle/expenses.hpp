// What a credential's machines cost and its operations are about to, for the guards. Loop thread.
#pragma once

#include <optional>
#include <vector>

#include "lifecycle/desk.hpp"
#include "lifecycle/guards.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

/// Machines neither ended nor stopped, and operations in flight that will cost.
std::vector<Expense> expenses_of(const Desk& desk);

/// Creates that have reached the provider within the last hour, or are about to.
std::size_t creates_within_hour(const Desk& desk);

/// What the machine costs per hour once the request is carried out; nothing when that is not known.
std::optional<Money> price_after(const Desk& desk, const Request& request, const KnownInstance& machine);

}  // namespace tally::lifecycle
