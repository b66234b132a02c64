// What an operator decides about operations. Values only.
#pragma once

#include <chrono>
#include <optional>

#include "cloud/money.hpp"

namespace tally::lifecycle {

/// Of one credential. They refuse new operations; what the journal began is ended, cleaned up and resolved all the
/// same.
struct Guards {
  bool is_read_only = false;
  std::optional<int> max_creates_per_hour;  // that reached the provider, failed ones too
  std::optional<Money> max_price_per_hour;  // of machines neither ended nor stopped, and of creates in flight
};

/// Of the service.
struct Options {
  std::chrono::seconds conclude_after{600};     // of complete listings, before "not there" is believed
  std::chrono::seconds create_queue{120};       // the longest wait for a turn among creates of a tenant
  std::chrono::seconds call_deadline{180};      // of one call that makes or ends something
  std::chrono::seconds running_deadline{1200};  // a created machine is running by then
  std::chrono::seconds hold{180};               // how long a type is held at most
  std::chrono::seconds stop{3};                 // what calls in flight get at stop
};

}  // namespace tally::lifecycle
