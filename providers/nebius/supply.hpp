// What a tenant may have (quotas) and what can be had now (capacity advice), and what both mean for a type. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cloud/instance_type.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::nebius {

/// One row of quotas that is in force.
struct Allowance {
  std::optional<std::int64_t> limit;  // nothing: none is set
  std::int64_t usage = 0;             // may be over the limit
  std::string unit;

  [[nodiscard]] bool has_room_for(std::int64_t count) const { return limit && *limit - usage >= count; }
};

struct QuotaTable {
  std::map<std::pair<std::string, std::string>, Allowance> rows;  // by name and region
  std::size_t unread = 0;                                         // rows that cannot be read, of whatever name
};

/// The pages of QuotaAllowanceService/List for a tenant.
Result<QuotaTable> read_quotas(const std::vector<std::string>& pages, WorkLimit limit);

/// As a credential's list of quotas, of one region.
std::vector<Quota> quotas_in(const QuotaTable& quotas, const std::string& region);

/// The regions that a row speaks of.
std::set<std::string> regions_of(const QuotaTable& quotas);

/// What is said of the stock of one usage class.
struct Advice {
  bool is_known = false;       // the vendor says a number, and vouches for it
  bool is_unknown = false;     // the vendor says that it does not know
  std::int64_t available = 0;  // machines, in the fabric that has most
};

struct Stock {
  Advice on_demand;
  Advice spot;
};

struct AdviceTable {
  std::map<std::tuple<std::string, std::string, std::string>, Stock> rows;  // by region, platform and preset
  std::size_t unread = 0;                                                   // rows that cannot be read, of whatever
};

/// The pages of ResourceAdviceService/List for a tenant.
Result<AdviceTable> read_advice(const std::vector<std::string>& pages, WorkLimit limit);

/// What one machine of a type takes, and where it stands in the tables.
struct Demand {
  std::string region;
  std::string platform;
  std::string preset;
  std::string gpu_quota;  // the row's name; "": it has no GPU
  std::int64_t gpus = 0;
  std::int64_t vcpus = 0;
  std::int64_t memory_bytes = 0;
};

struct Supply {
  std::optional<bool> is_available;  // nothing: not known
  std::optional<AvailabilityReason> reason;
};

/// Both: what the quota has no room for cannot be had; else what the advice says, where it is fresh; else, and of
/// machines without a GPU, the quota alone. Nothing: the vendor says that it does not know, or what it says may be in a
/// row that cannot be read.
Supply supply_of(const Demand& demand, UsageClass usage, const QuotaTable& quotas, const AdviceTable& advice);

}  // namespace tally::nebius
