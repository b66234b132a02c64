// What is asked of Nebius to know what a tenant can buy and has. Loop thread. Heavy: include it in .cpp files only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloud/account.hpp"
#include "providers/nebius/calls.hpp"
#include "providers/nebius/prices.hpp"
#include "providers/nebius/projects.hpp"
#include "providers/nebius/region_machines.hpp"
#include "providers/nebius/supply.hpp"
#include "providers/nebius/type_mapping.hpp"
#include "runtime/turns.hpp"

namespace tally::nebius {

class Reading {
 public:
  /// The context outlives it.
  explicit Reading(const AccountContext& context);

  Task<Answer<Location>> locations();
  Task<Offering> types(std::string region);
  Task<Answer<Instance>> instances(std::string region);
  Task<Instance> instance(InstanceRef instance);
  Task<Answer<Image>> images(std::string region);
  Task<Answer<Quota>> quotas(std::string region);

  /// The tenant's projects, at most five minutes old, with those that the vendor leaves out now.
  Task<std::shared_ptr<const Projects>> known_projects(Operation operation);
  /// Error (invalid_request): no place of this tenant's. Without a call where none is named.
  Task<std::shared_ptr<const Projects>> projects_for(Operation operation, std::string region);
  /// Where machines of the region are made. Error (invalid_request): there is none.
  Task<Project> home_in(Operation operation, std::string region);

  Calls& calls() { return calls_; }
  [[nodiscard]] Place place_of(const std::string& region) const;

 private:
  struct Tables {
    QuotaTable quotas;
    AdviceTable advice;
  };

  Task<std::shared_ptr<const Projects>> read_projects(Operation operation);
  Task<std::shared_ptr<const Tables>> tables(Operation operation);
  Task<std::shared_ptr<const Tables>> read_tables(Operation operation);
  [[nodiscard]] Error doubt(Operation operation);
  [[nodiscard]] bool has_emptied(const Tables& now, bool has_advice) const;
  boost::asio::awaitable<void> learn_prices(const Presets& presets, std::string project, PriceList& prices);
  Task<std::optional<Money>> estimate(std::string project, std::string name);
  RegionMachines& machines_in(const std::string& region);
  PriceList& prices_in(const std::string& region);

  const AccountContext& context_;
  Calls calls_;
  LoopbackIs loopback_;
  std::string tenant_;
  std::shared_ptr<const Projects> projects_;
  TimePoint projects_asked_at_;
  Turns projects_turns_;
  bool has_old_projects_ = false;  // the vendor has iam.v1 only
  std::shared_ptr<const Tables> tables_;
  TimePoint tables_asked_at_;
  std::optional<TimePoint> tables_doubted_at_;  // the last ones were empty
  Turns tables_turns_;
  std::map<std::string, RegionMachines> machines_;
  std::map<std::string, PriceList> prices_;
  std::map<InstanceTypeId, Row<InstanceType>> type_rows_;
};

}  // namespace tally::nebius
