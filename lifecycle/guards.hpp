// The limits that an operator sets on what a credential's operations may make: they bite before the journal. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cloud/money.hpp"
#include "lifecycle/refusal.hpp"

namespace tally::lifecycle {

/// Of one credential. They refuse new operations; what the journal began is ended, cleaned up and resolved all the
/// same.
struct Guards {
  bool is_read_only = false;
  std::optional<int> max_creates_per_hour;  // that reached the provider, failed ones too
  std::optional<Money> max_price_per_hour;  // of machines neither ended nor stopped, and of creates in flight
};

/// What costs money now, or is about to: a machine neither ended nor stopped, or a create in flight.
struct Expense {
  std::string of;              // for people: "instance i-1", "create job-7"
  std::optional<Money> price;  // per hour
};

Checked<> check_not_read_only(const Guards& guards);

/// `creates`: that reached the provider within the last hour, failed ones too.
Checked<> check_creates_per_hour(const Guards& guards, std::size_t creates);

/// Whether one more at that price keeps within max_price_per_hour. A price that is not known or in another currency,
/// old or new, refuses and names whose it is.
Checked<> check_price_per_hour(const Guards& guards, const std::vector<Expense>& expenses, const Expense& one_more);

}  // namespace tally::lifecycle
