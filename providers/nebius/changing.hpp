// What is changed at Nebius: each call is an operation that is followed to its end. Loop thread. Heavy: include it in
// .cpp files only.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/recent_machines.hpp"
#include "providers/nebius/order.hpp"
#include "providers/nebius/protos/common.pb.h"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/reading.hpp"

namespace tally::nebius {

class Changing {
 public:
  /// What is given outlives it.
  Changing(const AccountContext& context, Reading& reading)
      : context_(context),
        reading_(reading),
        calls_(reading.calls()),
        reboots_(context.cache, context.clock, "reboots", std::chrono::hours(24)) {}

  Task<Created> create(CreateRequest request);
  Task<> remove(Handle handle, std::string location);
  Task<> terminate(InstanceRef instance);
  Task<> stop(InstanceRef instance);
  Task<> start(InstanceRef instance);
  /// A stop, and a start when it has stopped. What takes longer than one call may is service_unavailable, and goes on
  /// when it is asked for again: so does what a restart, or a start without capacity, has left stopped.
  Task<> reboot(InstanceRef instance);
  [[nodiscard]] bool is_rebooting(const CloudId& machine) const { return reboots_.contains(machine); }
  Task<> resize(InstanceRef instance, VolumeResize resize);
  Task<> update_tags(InstanceRef instance, TagChanges changes);
  Task<> change_type(InstanceRef instance, std::string type);

 private:
  using Seconds = std::chrono::seconds;
  using GrpcOperation = ::nebius::common::v1::Operation;
  using Metadata = ::nebius::common::v1::ResourceMetadata;

  /// Calls; `key` makes a repeated call the same one. Answers when the vendor has accepted it.
  Task<GrpcOperation> begin(Operation operation, GrpcMethod method, std::string message, std::string key,
                            std::string mask = "");
  /// Until it is over, or as long. Error: it ended badly (nothing is said of what it left); a failure to ask is none.
  Task<> follow(Operation operation, std::string_view service, GrpcOperation begun, Seconds at_most);
  /// Both; waits once where another operation on the same thing is under way.
  Task<> carry_out(Operation operation, GrpcMethod method, std::string message, Seconds at_most, std::string mask = "");

  /// The machine as the vendor has it, in whichever region of the tenant: its ID is the same everywhere. Error
  /// (invalid_request): the region that was said is none of the tenant's.
  Task<::nebius::compute::v1::Instance> machine_of(Operation operation, InstanceRef instance);
  /// Until it stands still after a stop, or starts again by somebody else's hand: false then. Error: not by that time.
  Task<bool> stands_still(Operation operation, InstanceRef instance, TimePoint latest);
  Task<> update(Operation operation, ::nebius::compute::v1::Instance changed, std::string mask = "");

  Task<Site> site_for(CreateRequest request, std::string project, std::vector<Handle>* made);
  Task<std::string> make_part(CreateRequest request, HandleKind kind, std::string project, std::string network,
                              std::vector<Handle>* made);
  /// The ID of what has that part's name in the project already. Error: `taken`, where no create of this RefID by this
  /// credential has made it.
  Task<std::string> adopt_part(CreateRequest request, HandleKind kind, std::string project, Error taken);
  /// The ID of what this credential has made under that name; "": there is none. `home` ("": not known), where it would
  /// be made, is asked first. Error: a project cannot say; of those beside home, one that may not be read is passed
  /// over.
  Task<std::string> find_part(GrpcMethod find, std::string name, std::vector<Project> projects, std::string home);
  /// What has that name in the project, whoever made it. Error (resource_not_found): nothing has.
  Task<Metadata> part_named(Operation operation, GrpcMethod find, std::string name, std::string project);
  Task<std::string> default_subnet(std::string project);
  Task<Created> order(CreateRequest request, Order order, Site site, std::vector<Handle> made);
  Task<Created> give_up(CreateRequest request, std::string machine_id, std::vector<Handle> made, Error error);
  boost::asio::awaitable<bool> end_machine(std::string id, std::string location);
  boost::asio::awaitable<Instance> made_machine(CreateRequest request, std::string id);
  boost::asio::awaitable<void> sleep(Seconds duration);

  const AccountContext& context_;
  Reading& reading_;
  Calls& calls_;
  RecentMachines reboots_;  // that a reboot has stopped, or may have, and not started yet: it goes on when asked again
};

}  // namespace tally::nebius
