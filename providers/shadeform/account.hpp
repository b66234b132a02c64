// Shadeform API v1 (https://api.shadeform.ai/v1), a broker of many clouds: the account.
#pragma once

#include "cloud/account.hpp"
#include "cloud/redactor.hpp"
#include "providers/provider.hpp"
#include "providers/shadeform/errors.hpp"
#include "providers/shadeform/mapping.hpp"

namespace tally::shadeform {

class ShadeformAccount final : public Account {
 public:
  explicit ShadeformAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;

  /// There is no list of regions: they are those of the types. The answer serves the instance_types() that follows, so
  /// that a pass asks once.
  Task<Answer<Location>> locations() override;

  Task<Answer<InstanceType>> instance_types(Scope scope) override;

  Task<Answer<Instance>> instances(Scope scope) override;

  Task<Instance> instance(CloudId id) override;

 private:
  static constexpr std::chrono::seconds one_pass{5};

  Task<TypesAnswer> read_types();

  Task<Response> get(Operation operation, std::string path);

  static tl::unexpected<Error> failed(Operation operation, Error error);

  AccountContext context_;
  Redactor redactor_;
  LoopbackIs loopback_;
  std::optional<Answer<InstanceType>> types_;  // from locations(), for the instance_types() that follows
  TimePoint types_at_;
  TypeList type_list_{redactor_};
  InstanceList instance_list_{instance_mapping(), loopback_, redactor_};
};

}  // namespace tally::shadeform
