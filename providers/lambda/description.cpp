#include "providers/lambda/description.hpp"

#include "providers/lambda/account.hpp"

namespace tally::lambda {
namespace {

ProviderDescription make() {
  ProviderDescription lambda;
  lambda.name = "lambda";
  lambda.provider_id = "lambda-labs";
  lambda.aliases = {"lambdalabs"};
  lambda.api_type = ApiType::global;
  lambda.default_endpoint = "https://cloud.lambda.ai/api/v1";
  lambda.instance_type_interval = std::chrono::minutes(5);
  lambda.requests_per_second = 1;  // per account, documented
  lambda.request_burst = 5;
  lambda.creates_per_minute = 5;  // documented, and one in 12 s
  lambda.between_creates = std::chrono::seconds(12);
  lambda.shares_names = true;  // the RefID is the name of a key, which is the account's
  lambda.ssh_user = "ubuntu";
  lambda.credential_fields = {{"api_key"}};
  lambda.create.takes_user_data = true;
  lambda.create.takes_image = true;
  lambda.create.takes_tags = true;
  lambda.capabilities = capabilities_of<LambdaAccount>(lambda.create);
  return lambda;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::lambda
