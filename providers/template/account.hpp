// The imaginary vendor `template`: a small API, asked region by region, that has every ability. Its documentation is
// the head of simcloud/faces/template.cpp. This folder is the one to copy for a new provider of REST and JSON:
//
//   description   names, limits and credential fields; what an account can do follows from the class head below
//   dialect       how the vendor refuses, and what each of its codes means
//   *_mapping     what its rows become; create_order what ours become on the wire: both pure
//   account       what is asked, and where: listings; lifecycle and firewall the rest of the class
//
// What the vendor cannot do is left out of the class head, and nothing else has to be said of it.
#pragma once

#include "cloud/account.hpp"
#include "providers/rest/client.hpp"
#include "providers/rest/per_location.hpp"
#include "providers/template/description.hpp"
#include "providers/template/mapping.hpp"

namespace tally::template_api {

class TemplateAccount final : public Account,
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
  explicit TemplateAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;
  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;
  Task<Answer<Image>> list_images(Scope scope, ImageQuery query) override;
  [[nodiscard]] bool are_images_of_locations() const override { return false; }
  Task<Answer<Quota>> list_quotas(Scope scope) override;
  [[nodiscard]] bool are_quotas_of_locations() const override { return false; }

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
  /// A request about the instance, below its path. Error (invalid_request) without a call: nobody says where it is.
  Task<> act(Operation operation, InstanceRef instance, Request request);
  [[nodiscard]] Result<std::string> path_of(Operation operation, const InstanceRef& instance) const;
  [[nodiscard]] Result<std::string> path_of(Operation operation, const Scope& scope) const;

  AccountContext context_;
  LoopbackIs loopback_;
  RestClient client_;
  RowList<Location> regions_{region_form(), context_.redactor};
  RowList<Image> images_{image_form(), context_.redactor};
  RowList<Quota> quotas_{quota_form(), context_.redactor};
  PerLocation<RowList<InstanceType>> types_;
  PerLocation<InstanceList> instances_;
};

}  // namespace tally::template_api
