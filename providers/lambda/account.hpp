// Lambda Cloud API v1 (https://cloud.lambda.ai/api/v1): the account.
#pragma once

#include "cloud/account.hpp"
#include "cloud/redactor.hpp"
#include "providers/lambda/description.hpp"
#include "providers/lambda/errors.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/provider.hpp"

namespace tally::lambda {

class LambdaAccount final : public Account {
 public:
  explicit LambdaAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;

  [[nodiscard]] Capabilities capabilities() const override { return description().capabilities; }

  Task<Answer<Location>> locations() override;

  Task<Offering> instance_types(Scope scope) override;

  Task<Answer<Instance>> instances(Scope scope) override;

  Task<Instance> instance(InstanceRef instance) override;

 private:
  Task<Response> get(Operation operation, std::string path);

  /// An error from below, with what was being done.
  static tl::unexpected<Error> complete(Operation operation, Error error);

  AccountContext context_;
  Redactor redactor_;
  LoopbackIs loopback_;
  bool has_regions_path_ = false;  // GET /regions answered once
  NamedRegions named_;
  TypeReader types_{redactor_};
  InstanceList instances_{instance_mapping(), loopback_, redactor_};
};

}  // namespace tally::lambda
