// Shadeform API v1 (https://api.shadeform.ai/v1), a broker of many clouds: the account.
#pragma once

#include <optional>
#include <vector>

#include "cloud/account.hpp"
#include "providers/rest/client.hpp"
#include "providers/shadeform/description.hpp"
#include "providers/shadeform/launch.hpp"
#include "providers/shadeform/mapping.hpp"

namespace tally::shadeform {

class ShadeformAccount final : public Account,
                               public Creates,
                               public Terminates,
                               public Reboots,
                               public UpdatesTags,
                               public SetsEnd,
                               public ListsImages {
 public:
  explicit ShadeformAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;

  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  /// There is no list of regions: they are those of the types.
  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;

  /// A repeated create makes a second machine here, so the tags are looked for first: one of this RefID that lives is
  /// the answer. So it is after a create whose answer was lost.
  Task<Created> create(CreateRequest request) override;
  Task<> remove(Handle handle, std::string location) override;
  Task<> terminate(InstanceRef instance) override;
  Task<> reboot(InstanceRef instance) override;
  /// What is written replaces all tags, so they are read first; another writer between the two is overwritten.
  Task<> update_tags(InstanceRef instance, TagChanges changes) override;
  Task<> set_end(InstanceRef instance, std::optional<Timestamp> retire_at) override;
  /// An image has no list of its own: each type names those it takes.
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;

 private:
  /// The key of a create's machine; `made`: by this create.
  struct Key {
    std::string id;  // "": none was asked for
    std::vector<Handle> made;
  };

  [[nodiscard]] std::optional<Error> find_fault(Operation operation, const InstanceRef& instance) const;
  Task<RegionalTypes> read_types();
  Task<Launch> prepare(CreateRequest request);
  Task<std::optional<Instance>> find_machine(CreateRequest request);
  Task<Key> key_for(CreateRequest request);
  Task<Created> give_up(CreateRequest request, std::vector<Handle> made, Error error);
  boost::asio::awaitable<Instance> made_machine(CreateRequest request, CloudId id, std::string cloud);

  AccountContext context_;
  LoopbackIs loopback_;
  RestClient client_;
  RegionalTypeList types_ = type_list(context_.redactor);
  InstanceList instances_{instance_mapping(), loopback_, context_.redactor};
};

}  // namespace tally::shadeform
