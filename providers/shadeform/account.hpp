// Shadeform API v1 (https://api.shadeform.ai/v1), a broker of many clouds: the account.
#pragma once

#include "cloud/account.hpp"
#include "cloud/redactor.hpp"
#include "providers/provider.hpp"
#include "providers/shadeform/description.hpp"
#include "providers/shadeform/errors.hpp"
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

  Task<Response> get(Operation operation, std::string path);

  static tl::unexpected<Error> failed(Operation operation, Error error);

  AccountContext context_;
  Redactor redactor_;
  LoopbackIs loopback_;
  TypeList type_list_{redactor_};
  InstanceList instance_list_{instance_mapping(), loopback_, redactor_};
};

}  // namespace tally::shadeform
