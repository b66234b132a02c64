// Verda API v1 (https://api.verda.com/v1; formerly DataCrunch): the account.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloud/account.hpp"
#include "providers/rest/client.hpp"
#include "providers/verda/description.hpp"
#include "providers/verda/mapping.hpp"
#include "providers/verda/order.hpp"
#include "providers/verda/type_list.hpp"
#include "providers/verda/volumes.hpp"
#include "runtime/turns.hpp"

namespace tally::verda {

class VerdaAccount final : public Account,
                           public Creates,
                           public Terminates,
                           public StopsStarts,
                           public ResizesVolumes,
                           public UpdatesTags,
                           public ListsImages {
 public:
  explicit VerdaAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  /// Disks are listed apart, once a minute or when a machine is new; without that answer their sizes are not known.
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;

  /// A repeated create makes a second machine here, so the tags are looked for first: one of this RefID that lives is
  /// the answer. So it is after a create whose answer was lost. Key and script go by names of the create's own: one of
  /// an earlier attempt is used again, and counts as made. A key that is no create's is used where it is the same.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  /// With the disk that its system is on, at once and for good; other disks stay, for they were not made here.
  Task<> terminate(InstanceRef instance) override;
  Task<> stop(InstanceRef instance) override;
  Task<> start(InstanceRef instance) override;
  /// Only up, and only while the machine is stopped, as the vendor says.
  Task<> resize_volume(InstanceRef instance, VolumeResize resize) override;
  Task<> update_tags(InstanceRef instance, TagChanges changes) override;

 private:
  /// A key or a script of a create's machine.
  struct Part {
    std::string id;
    std::string text;
    std::optional<Handle> made;  // nothing: it was there before, and others may use it
  };

  Task<TypesAnswer> read_types();
  boost::asio::awaitable<std::shared_ptr<const DisksByMachine>> disks_of(std::set<CloudId> machines);
  [[nodiscard]] Result<std::string> path_of(Operation operation, const InstanceRef& instance) const;
  Task<MachineParts> parts_of(Operation operation, CloudId id, Tags tags);
  Task<> act(Operation operation, std::string body);
  Task<> act_on(Operation operation, InstanceRef instance, const char* action);

  Task<std::string> find_image(CreateRequest request);
  Task<std::optional<Instance>> find_machine(CreateRequest request);
  Task<Part> key_for(CreateRequest request);
  Task<Part> script_for(CreateRequest request, std::string text);
  Task<Created> order(CreateRequest request, std::string image, std::vector<Handle> made, Part key, Part script);
  Task<Created> give_up(CreateRequest request, std::vector<Handle> made, Error error);
  boost::asio::awaitable<Instance> made_machine(CreateRequest request, std::string image, CloudId id);
  Task<std::string> find_id(bool is_key, std::string name);

  AccountContext context_;
  LoopbackIs loopback_;
  Owner owner_;
  RestClient client_;
  TypeList types_{context_.redactor};
  RowList<Image> images_{image_form(), context_.redactor};
  InstanceList instances_{instance_mapping(owner_), loopback_, context_.redactor};
  DiskJoin join_;
  std::shared_ptr<const DisksByMachine> disks_ = std::make_shared<const DisksByMachine>();
  std::size_t unread_volumes_ = 0;     // in the last answer
  Turns disks_turns_;                  // to ask for them
  std::set<CloudId> disks_asked_for_;  // by the last answer
  std::optional<TimePoint> disks_asked_at_;
};

}  // namespace tally::verda
