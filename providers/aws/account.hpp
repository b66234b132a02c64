// AWS EC2 (Query API 2016-11-15), with STS, Service Quotas and the price list beside it: the account.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "cloud/recent_machines.hpp"
#include "providers/aws/belongings.hpp"
#include "providers/aws/client.hpp"
#include "providers/aws/description.hpp"
#include "providers/aws/order.hpp"
#include "providers/aws/price_book.hpp"
#include "providers/aws/region_state.hpp"

namespace tally::aws {

class AwsAccount final : public Account,
                         public Creates,
                         public Terminates,
                         public StopsStarts,
                         public Reboots,
                         public ResizesVolumes,
                         public UpdatesTags,
                         public ChangesType,
                         public ModifiesFirewall,
                         public ListsImages,
                         public Quotas {
 public:
  explicit AwsAccount(AccountContext context);

  /// Of the account's number, as soon as it is known; that of a key made since 2019 is known at once.
  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  /// Those of the partition, or of the configuration. Not available: not enabled for the account, or closed to it.
  Task<Answer<Location>> locations() override;
  /// Types with GPUs, a row a type and zone. Shapes are asked for once a day, prices as PriceBook says, limits every
  /// ten minutes; without prices, limits or what spot machines cost, that is what is not known.
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Quota>> list_quotas(Scope scope) override;
  /// Without IDs and owners: the account's own, and those that a create takes by itself.
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;

  /// The same token is the same machine here. Key pair and security group are named after it: those of an earlier
  /// attempt are used again, and count as made.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> stop(InstanceRef instance) override;
  Task<> start(InstanceRef instance) override;
  Task<> reboot(InstanceRef instance) override;
  Task<> resize_volume(InstanceRef instance, VolumeResize resize) override;
  Task<> update_tags(InstanceRef instance, TagChanges changes) override;
  Task<> change_type(InstanceRef instance, std::string type) override;
  Task<FirewallRules> firewall_rules(InstanceRef instance) override;
  Task<FirewallRules> add_firewall_rules(InstanceRef instance, FirewallRules rules) override;
  Task<> revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) override;

 private:
  using RegionPtr = std::shared_ptr<RegionState>;

  /// Error (invalid_request) without a call: nobody says where, or it is no region of the partition.
  Result<RegionPtr> region_of(Operation operation, const std::string& location);
  Result<RegionPtr> region_of(Operation operation, const InstanceRef& instance);
  [[nodiscard]] MachinePlace place_of(const RegionState& region) const;

  boost::asio::awaitable<void> learn_account();
  Task<ZoneList> zones_of(RegionPtr region);
  Task<> refresh_shapes(RegionPtr region);
  Task<OfferList> offers_of(RegionPtr region, std::vector<std::string> types);
  boost::asio::awaitable<void> refresh_spot(RegionPtr region, std::vector<std::string> types);
  boost::asio::awaitable<void> refresh_limits(RegionPtr region);
  Task<VcpuLimits> ask_limits(RegionPtr region);

  boost::asio::awaitable<void> refresh_volumes(RegionPtr region, std::set<std::string> wanted);
  boost::asio::awaitable<void> ask_volumes(RegionPtr region, std::vector<std::string> ids);
  Task<Machine> machine_of(Operation operation, RegionPtr region, CloudId id);

  Task<ImageList> images_of(Operation operation, RegionPtr region, Query query);
  Task<ImageFacts> image_by_id(RegionPtr region, std::string id);
  Task<ImageFacts> default_image(RegionPtr region, std::string architecture);
  Task<ImageFacts> image_for(RegionPtr region, CreateRequest request);
  Task<std::string> architecture_of(RegionPtr region, std::string type);

  Task<Network> network_for(RegionPtr region, CreateRequest request);
  Task<std::optional<Handle>> key_for(RegionPtr region, CreateRequest request);
  Task<std::string> find_group_id(RegionPtr region, std::string name, std::string vpc);
  Task<Handle> group_for(RegionPtr region, CreateRequest request, std::string vpc);
  Task<> open_for(RegionPtr region, CreateRequest request, std::string group);
  Task<bool> authorize(Operation operation, RegionPtr region, std::string group, Opening::Way way,
                       std::vector<Permission> permissions);
  Task<Created> order(RegionPtr region, CreateRequest request, Parts parts, std::vector<Handle> made);
  Task<Created> give_up(RegionPtr region, CreateRequest request, std::vector<Handle> made, Error error);
  Task<Answer<Instance>> machines_of_ref(RegionPtr region, RefId ref);

  [[nodiscard]] Error not_yet(const CloudId& id, Error error) const;
  Task<> act(Operation operation, InstanceRef instance, const char* action, Repeat repeat);
  Task<> follow(RegionPtr region, std::string volume, std::string state, bool waits_for_optimizing);

  Task<std::string> group_of(Operation operation, RegionPtr region, CloudId id);
  Task<std::vector<GroupRule>> rules_of(Operation operation, RegionPtr region, std::string group);

  AccountContext context_;
  RecentMachines young_{context_.cache, context_.clock, "young", std::chrono::seconds(60)};  // made by a create of ours
  const std::string partition_;
  const std::vector<std::string> only_regions_;
  const std::string home_;  // where what is the same everywhere is asked for
  const LoopbackIs loopback_;
  Client client_;
  PriceBook prices_{client_, context_.cache, context_.clock};
  std::map<std::string, RegionPtr> regions_;
  std::optional<TimePoint> account_asked_at_;
};

}  // namespace tally::aws
