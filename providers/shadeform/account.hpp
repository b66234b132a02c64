// Shadeform API v1 (https://api.shadeform.ai/v1), a broker of many clouds: the account.
#pragma once

#include "cloud/account.hpp"
#include "providers/rest/client.hpp"
#include "providers/shadeform/description.hpp"
#include "providers/shadeform/mapping.hpp"

namespace tally::shadeform {

class ShadeformAccount final : public Account {
 public:
  explicit ShadeformAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;

  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  /// There is no list of regions: they are those of the types.
  Task<Answer<Location>> locations() override;
  Task<Offering> instance_types(Scope scope) override;
  Task<Answer<Instance>> instances(Scope scope) override;
  Task<Instance> instance(InstanceRef instance) override;

 private:
  Task<TypesAnswer> read_types();

  AccountContext context_;
  LoopbackIs loopback_;
  RestClient client_;
  TypeList types_{context_.redactor};
  InstanceList instances_{instance_mapping(), loopback_, context_.redactor};
};

}  // namespace tally::shadeform
