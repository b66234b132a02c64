#include "providers/aws/description.hpp"

#include "providers/aws/account.hpp"
#include "providers/aws/rates.hpp"

namespace tally::aws {
namespace {

ProviderDescription make() {
  ProviderDescription aws;
  aws.name = "aws";
  aws.provider_id = "aws";
  aws.api_type = ApiType::locational;
  // Stands for the vendor's own hosts, one a service and region; any other is asked for everything.
  aws.default_endpoint = "https://ec2.amazonaws.com";
  aws.instance_type_interval = std::chrono::minutes(5);
  aws.requests_per_second = 50;  // of what has no pool of its own
  aws.request_burst = 100;
  aws.request_rates.assign(request_rates.begin(), request_rates.end());
  aws.creates_per_minute = 60;
  aws.ssh_user = "ubuntu";
  aws.credential_fields = {{"access_key_id"}, {"secret_access_key"}, {"session_token", false}};
  aws.options = {
      {regions_option, std::vector<std::string>(), "the only regions to use; not given: all that the account may use"},
      {partition_option, std::string("aws"), "partition of the account: aws, aws-cn, aws-us-gov, aws-eusc"},
      {local_zones_option, false, "Local and Wavelength Zones as well"},
      {pricing_endpoint_option, std::string(), "base URL of the price list, when it is another than `endpoint`"},
      {ssh_user_option, std::string("ubuntu"), "user of the images"},
      {image_option, std::string(), "image of a create that asks for none; not given: Ubuntu 22.04"},
  };
  aws.create.is_idempotent = true;
  aws.create.takes_user_data = true;
  aws.create.takes_image = true;
  aws.create.takes_tags = true;
  aws.capabilities = capabilities_of<AwsAccount>(aws.create);
  return aws;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::aws
