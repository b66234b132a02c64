// What machines and disks cost by Nebius's calculator: asked for one by one, kept for an hour, and beyond a restart by
// the account's cache. Loop thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/cache.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/money.hpp"
#include "cloud/result.hpp"
#include "runtime/timestamp.hpp"

namespace tally::nebius {

/// An EstimateResponse: the cost of an hour. Nothing: none is stated that is above zero.
Result<std::optional<Money>> read_estimate(const std::string& message);

/// What was learned of one region's prices, by the name of what is priced.
class PriceList {
 public:
  struct Quote {
    std::optional<Money> amount;  // nothing: the calculator states none
    Timestamp asked_at;
  };

  /// From the cache, if it has one.
  PriceList(Cache& cache, const std::string& region);

  /// Whether it is not known or older than an hour. What the clock calls the future is.
  [[nodiscard]] bool is_due(const std::string& name, Timestamp now) const;
  void note(const std::string& name, std::optional<Money> amount, Timestamp now);
  /// Keeps what was noted since in the cache; drops what is none of these names.
  void keep(const std::vector<std::string>& names);

  /// As a price of a type: from a list of its date when the calculator could not be asked in time.
  [[nodiscard]] Price price_of(const std::string& name, UsageClass usage, Timestamp now) const;
  [[nodiscard]] std::optional<Money> amount_of(const std::string& name) const;

 private:
  Cache& cache_;
  std::string key_;
  std::map<std::string, Quote> quotes_;
  bool is_changed_ = false;
};

}  // namespace tally::nebius
