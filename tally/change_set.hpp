// What one pass adds to what is known. Syncers decide (pure), the store writes: a ChangeSet is one transaction and
// holds everything to be written, events included. Values only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/money.hpp"
#include "runtime/timestamp.hpp"
#include "tally/event.hpp"
#include "tally/known.hpp"
#include "tally/listing.hpp"

namespace tally {

/// A price from `from` on; an empty amount is a value too ("not known").
struct PricePoint {
  InstanceTypeId type;
  UsageClass usage_class = UsageClass::on_demand;
  std::optional<Money> amount;
};

struct AvailabilityPoint {
  InstanceTypeId type;
  std::optional<bool> is_available;
  std::optional<AvailabilityReason> reason;
};

struct StatusPoint {
  CloudId instance;
  LifecycleStatus status = LifecycleStatus::pending;
};

/// One transaction. Rows are written whole; history points open an interval at `at`.
struct ChangeSet {
  Timestamp at{};
  std::vector<KnownType> types;
  std::vector<KnownInstance> instances;
  std::vector<KnownLocation> locations;
  std::vector<PricePoint> prices;
  std::vector<AvailabilityPoint> availability;
  std::vector<StatusPoint> statuses;
  std::vector<Event> events;   // in the order in which they happened
  ListingKey problem_listing;  // whose problems these are
  std::vector<Problem> problems_started;
  std::vector<ProblemKey> problems_ended;

  [[nodiscard]] bool empty() const {
    return types.empty() && instances.empty() && locations.empty() && prices.empty() && availability.empty() &&
           statuses.empty() && events.empty() && problems_started.empty() && problems_ended.empty();
  }
};

/// What a pure diff answers: what to write, and what is known once that is written.
template <class Known>
struct Diff {
  ChangeSet changes;
  std::shared_ptr<const Known> next;

  /// Until then the same answer, compared with the same that is known, changes nothing. Nothing: that cannot be said.
  std::optional<Timestamp> settled_until{};
};

}  // namespace tally
