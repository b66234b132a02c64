// What the catalog keeps of notifications, and of orphans that events told of. Values only.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/ids.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

/// A notification that is on its way. What it says is read when it is sent (read_delivery_body).
struct WaitingDelivery {
  std::int64_t id = 0;
  std::string subject;  // those of one subject go one after the other
  Timestamp at{};       // since when it waits
  int attempts = 0;     // failed ones
};

struct NewDelivery {
  std::optional<std::int64_t> event_id;  // nothing: a test
  std::string subject;
  std::string body;
};

/// What one reading of the events comes to, for all rules: written in one transaction.
struct EventsRead {
  Timestamp at{};
  std::int64_t last_event_id = 0;                            // all rules have read up to it
  std::map<std::string, std::vector<NewDelivery>> of_rules;  // by name; without those that nothing was found for
};

/// How far a rule is.
struct RuleProgress {
  std::int64_t read_event_id = 0;
  std::vector<WaitingDelivery> waiting;  // the oldest first
};

/// What an attempt came to, or the end of what was never tried.
struct DeliveryOutcome {
  std::int64_t id = 0;
  int attempts = 0;
  std::optional<Timestamp> delivered_at;
  bool is_over = false;  // delivered, or given up
  std::string error;     // of the last attempt, or why it was given up; "" when delivered
};

/// A row of the view `orphans`, as far as events tell of it.
struct OrphanKey {
  CredentialRef credential;
  CloudId cloud_id;
  std::string reason;

  auto operator<=>(const OrphanKey&) const = default;
};

/// How the view differs from what was told.
struct OrphanNews {
  std::vector<OrphanKey> found;
  std::vector<OrphanKey> gone;

  [[nodiscard]] bool empty() const { return found.empty() && gone.empty(); }
};

}  // namespace tally
