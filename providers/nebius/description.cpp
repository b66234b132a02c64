#include "providers/nebius/description.hpp"

#include "providers/nebius/account.hpp"

namespace tally::nebius {
namespace {

ProviderDescription make() {
  ProviderDescription vendor;
  vendor.name = "nebius";
  vendor.provider_id = "nebius";
  vendor.api_type = ApiType::locational;
  vendor.default_endpoint = "https://{service}.api.nebius.cloud:443";
  vendor.speaks_grpc = true;
  vendor.instance_type_interval = std::chrono::minutes(5);
  vendor.requests_per_second = 20;
  vendor.request_burst = 40;
  vendor.ssh_user = "ubuntu";
  vendor.credential_fields = {{"service_account_key", true, true, true}, {"tenant_id", true, false}};
  vendor.credential_fields.front().may_be_object = true;
  vendor.options = {{options::projects, OptionTable<std::string>(),
                     "the project of each region, by its ID; else the region's default project"},
                    {options::network, std::string("own"),
                     "where a new machine is: in a network of its \"own\", or in the project's \"default\" subnet"},
                    {options::cpu_presets, std::int64_t{3}, "how many sizes of each platform without GPUs are listed"},
                    {options::images, OptionTable<std::string>(),
                     "the image, an ID or a family, of new machines by platform; none: Ubuntu, with CUDA for GPUs"},
                    {options::reboot_by_stop, false,
                     "a reboot is a stop and a start, which may find no capacity; else there is none"}};
  vendor.create.is_idempotent = true;
  vendor.create.takes_user_data = true;
  vendor.create.takes_image = true;
  vendor.create.takes_tags = true;
  vendor.shares_names = true;
  vendor.stops_what_fails = true;
  vendor.capabilities = capabilities_of<NebiusAccount>(vendor.create);
  return vendor;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::nebius
