// NVIDIA Launchpad's API 2.40.9 (https://launchpad.api.nvidia.com), machines of several clouds as deployments: the
// account. A machine is met at a bastion that forwards a port of its own to it (internal_port_mappings).
#pragma once

#include <optional>
#include <string>

#include "cloud/account.hpp"
#include "providers/launchpad/deployment.hpp"
#include "providers/launchpad/description.hpp"
#include "providers/launchpad/settings.hpp"
#include "providers/launchpad/type_list.hpp"
#include "providers/rest/client.hpp"

namespace tally::launchpad {

class LaunchpadAccount final : public Account, public Creates, public Terminates, public StopsStarts, public SetsEnd {
 public:
  explicit LaunchpadAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  /// Stopping and starting depends on what the account's machines are, which only the configuration says.
  [[nodiscard]] Capabilities capabilities() const override;
  [[nodiscard]] StopsStarts* stops_starts() override { return settings_.can_stop_start ? this : nullptr; }

  /// Those of the types: they are the regions that anything can be had in.
  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;

  /// The vendor makes one deployment for one request ID, and refuses another: that one is then the answer, if it is
  /// this credential's and of the same kind.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> stop(InstanceRef instance) override;
  Task<> start(InstanceRef instance) override;
  /// A PATCH, which the vendor's description has and its own package never sends.
  Task<> set_end(InstanceRef instance, std::optional<Timestamp> retire_at) override;

 private:
  Task<RegionalTypes> read_catalog();
  Task<std::string> prepare(CreateRequest request);
  /// The deployment of the create's request ID. Refused (conflict): it is another's, another one, or over.
  Task<std::optional<Instance>> find_machine(CreateRequest request);
  Task<Created> give_up(CreateRequest request, Error error);
  Task<> act(Operation operation, InstanceRef instance, const char* action);
  [[nodiscard]] std::optional<Error> find_fault(Operation operation, const InstanceRef& instance) const;

  AccountContext context_;
  const Settings settings_;
  LoopbackIs loopback_;
  InstanceMapping mapping_;
  RestClient client_;
  RegionalTypeList types_;
  InstanceList instances_;
};

}  // namespace tally::launchpad
