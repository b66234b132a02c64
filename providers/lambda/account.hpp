// Lambda Cloud API v1 (https://cloud.lambda.ai/api/v1): the account.
#pragma once

#include "cloud/account.hpp"
#include "providers/lambda/description.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/rest/client.hpp"

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
  AccountContext context_;
  LoopbackIs loopback_;
  RestClient client_;
  bool has_regions_path_ = false;  // GET /regions answered once
  NamedRegions named_;
  RegionList regions_{context_.redactor};
  TypeReader types_{context_.redactor};
  InstanceList instances_{instance_mapping(), loopback_, context_.redactor};
};

}  // namespace tally::lambda
