#include "providers/fluidstack/description.hpp"

#include "providers/fluidstack/account.hpp"

namespace tally::fluidstack {
namespace {

ProviderDescription make() {
  ProviderDescription fluidstack;
  fluidstack.name = "fluidstack";
  fluidstack.provider_id = "fluidstack";
  fluidstack.api_type = ApiType::locational;
  // The Management API, which knows the regions; an Infrastructure API in its place is the one region then.
  fluidstack.default_endpoint = "https://api.atlas.fluidstack.io/api/v1alpha1";
  fluidstack.instance_type_interval = std::chrono::minutes(5);
  fluidstack.ssh_user = "ubuntu";  // the API does not say; not confirmed
  fluidstack.credential_fields = {{"api_key"}, {"project_id", false, false}, {"management_url", false, false}};
  fluidstack.options = {
      {"project_id", std::string(), "project that is used in every region; not needed where there is only one"},
      {"management_url", std::string(), "base URL of the Management API when `endpoint` is a region's"},
      {"regions", std::vector<NamedUrl>(), "the regions and their base URLs, instead of the Management API's list"},
      {"prices", OptionTable<Money>(), "price per hour of each type: the API states none"},
      {"use_private_ip", false, "machines are reached by their private addresses"},
      {"ssh_user", std::string("ubuntu"), "user of the images: the API does not say"},
  };
  fluidstack.create.takes_user_data = true;
  fluidstack.create.takes_image = true;
  fluidstack.create.takes_tags = true;
  fluidstack.capabilities = capabilities_of<FluidstackAccount>(fluidstack.create);
  return fluidstack;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::fluidstack
