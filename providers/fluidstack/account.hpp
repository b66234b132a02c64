// FluidStack's Infrastructure API v1alpha1, one a region (https://<region>.atlas.fluidstack.io/api/v1alpha1), and its
// Management API, which knows the regions and shows the machines of all projects: the account. Machines and capacity
// are asked for in one project a region.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloud/account.hpp"
#include "providers/fluidstack/description.hpp"
#include "providers/fluidstack/dialect.hpp"
#include "providers/fluidstack/management_list.hpp"
#include "providers/fluidstack/projects.hpp"
#include "providers/fluidstack/region.hpp"
#include "providers/fluidstack/settings.hpp"
#include "providers/rest/client.hpp"

namespace tally::fluidstack {

class FluidstackAccount final : public Account, public Creates, public Terminates, public StopsStarts {
 public:
  explicit FluidstackAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  /// Less what no region lets the key do, as they last said. While one of them has not said it, that may be all.
  [[nodiscard]] Capabilities capabilities() const override;

  Task<Answer<Location>> locations() override;
  /// The capacity is asked for apart: without it nobody knows what is available, and the types are there all the same.
  /// So is what the key may do.
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  /// The Management API has no call for one machine, so it is asked for all: one that a second list lacks is gone
  /// there. It is asked of one that its region does not know, too: that may be another project's than of late.
  Task<Instance> instance(InstanceRef instance) override;

  /// A repeated create makes a second machine here, so the tags are looked for first: one of this RefID that lives is
  /// the answer. So it is after a create whose answer was lost. A machine that is made and out of stock is ended.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> stop(InstanceRef instance) override;
  Task<> start(InstanceRef instance) override;

 private:
  using RegionPtr = std::shared_ptr<Region>;

  Task<Answer<Location>> list_regions();
  void learn(const Answer<Location>& regions);
  /// The regions that the Management API has named: after a restart each goes on while that does not answer, or leaves
  /// it out of its list.
  void remember();
  void recall();
  /// Error (invalid_request) without a call about it: nobody says where, or there is no such region.
  Task<RegionPtr> region_of(Operation operation, std::string location);
  Task<RegionPtr> region_of(Operation operation, InstanceRef instance);
  /// Finds the project that is used there, if it is not known: the one of last time, also before a restart, and never
  /// another in its place.
  Task<> settle_project(RegionPtr region);
  boost::asio::awaitable<OwnLists> own_lists();
  Task<Capacity> capacity_of(RegionPtr region);
  boost::asio::awaitable<void> learn_grants(RegionPtr region);
  Task<Answer<Instance>> machines_of(RegionPtr region);
  Task<Answer<Instance>> machines_of_management();
  /// What the Management API says of a machine, whoever lists it.
  Task<ManagedMachine> look_in_management(Operation operation, CloudId id);
  [[nodiscard]] Error not_shown(Operation operation, const ManagedMachine& machine) const;
  Task<Instance> machine_of_management(CloudId id);
  /// Of a machine in the location `management` which its region lists by now. Error (not_implemented): there is none.
  Task<RegionPtr> region_behind(Operation operation, CloudId id);
  Task<Instance> machine_at(Operation operation, RegionPtr region, CloudId id);
  /// An action that is refused in the state of the machine is done where that is, or leads to, the wanted one.
  Task<> act(Operation operation, InstanceRef instance, const char* action, LifecycleStatus wanted);
  Task<> end(RegionPtr region, CloudId id);

  Task<std::optional<Instance>> find_machine(CreateRequest request, RegionPtr region);
  Task<Created> give_up(CreateRequest request, RegionPtr region, Error error);
  Task<Created> end_unstocked(RegionPtr region, Instance machine);

  /// The request as one of the region's project; one that is said to be gone is looked for before it is used again.
  template <class Read>
  auto ask_in_project(RegionPtr region, Operation operation, Request request, Read read)
      -> boost::asio::awaitable<std::invoke_result_t<Read&, std::string, WorkLimit>> {
    const Result<> settled = co_await settle_project(region);
    if (!settled) co_return tl::unexpected(settled.error());
    request.headers.push_back({"X-PROJECT-ID", Secret(region->project)});
    auto answer = co_await region->client.ask(operation, std::move(request), std::move(read));
    if (!answer) note(answer.error(), *region);
    co_return answer;
  }
  void note(const Error& error, Region& region);

  AccountContext context_;
  const Settings settings_;
  RestClient management_;
  ManagementList management_list_;
  RowList<Location> regions_list_;
  ProjectsInUse projects_;
  std::map<std::string, RegionPtr, std::less<>> regions_;
};

}  // namespace tally::fluidstack
