// Nebius AI Cloud (gRPC): the account. A tenant has projects, each in one region; machines are listed project by
// project and made in a region's home project.
#pragma once

#include <memory>

#include "cloud/account.hpp"
#include "providers/nebius/description.hpp"
#include "providers/provider.hpp"

namespace tally::nebius {

class Changing;
class Reading;

class NebiusAccount final : public Account,
                            public Creates,
                            public Terminates,
                            public StopsStarts,
                            public Reboots,
                            public ResizesVolumes,
                            public UpdatesTags,
                            public ChangesType,
                            public ListsImages,
                            public Quotas {
 public:
  explicit NebiusAccount(AccountContext context);
  ~NebiusAccount() override;

  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override;

  /// Those with a project that this key can read; those with a quota only are not available.
  Task<Answer<Location>> locations() override;
  /// What the region's home project is offered. Prices are the calculator's, an hour old at most while it answers.
  Task<Offering> instance_types(Scope scope) override;
  /// Of all projects of the region. One that this key may not read any more is not asked until types are asked for
  /// again; its machines, as they were last seen, are rows that cannot be read.
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;
  Task<Answer<Quota>> list_quotas(Scope scope) override;

  /// A network and a subnet of the machine's own (or those that the options or the request name), then the machine with
  /// its disk; each step is followed to its end, and known again by a key made of the token. One of this RefID that
  /// lives is the answer. What failed is ended and removed before the error is answered, as far as that is possible.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> stop(InstanceRef instance) override;
  /// GPUs are given back at a stop: insufficient_resources or out_of_quota when there are none now.
  Task<> start(InstanceRef instance) override;
  /// A stop and a start, which may find no capacity: only where the options say so.
  Task<> reboot(InstanceRef instance) override;
  [[nodiscard]] bool is_rebooting(const CloudId& instance) const override;
  Task<> resize_volume(InstanceRef instance, VolumeResize resize) override;
  Task<> update_tags(InstanceRef instance, TagChanges changes) override;
  /// To another preset of the same platform.
  Task<> change_type(InstanceRef instance, std::string type) override;

 private:
  AccountContext context_;
  std::unique_ptr<Reading> reading_;
  std::unique_ptr<Changing> changing_;
};

}  // namespace tally::nebius
