// Lambda Cloud API v1 (https://cloud.lambda.ai/api/v1): the account.
#pragma once

#include "cloud/account.hpp"
#include "cloud/redactor.hpp"
#include "providers/lambda/errors.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/provider.hpp"

namespace tally::lambda {

class LambdaAccount final : public Account {
 public:
  explicit LambdaAccount(AccountContext context);

  [[nodiscard]] TenantId tenant_id() const override;

  Task<Answer<Location>> locations() override;

  /// Uses up the regions that locations() has just answered, so that a pass asks for them once.
  Task<Answer<InstanceType>> instance_types(Scope scope) override;

  Task<Answer<Instance>> instances(Scope scope) override;

  Task<Instance> instance(CloudId id) override;

 private:
  Task<Response> get(Operation operation, std::string path);

  /// An error from below, with what was being done.
  static tl::unexpected<Error> complete(Operation operation, Error error);

  AccountContext context_;
  Redactor redactor_;
  LoopbackIs loopback_;
  bool has_regions_path_ = false;                 // GET /regions answered once
  std::optional<std::vector<Location>> regions_;  // from locations(), for the instance_types() that follows
  NamedRegions named_;
  TypeReader types_{redactor_};
  InstanceList instances_{instance_mapping(), loopback_, redactor_};
};

}  // namespace tally::lambda
