#include "providers/shadeform/description.hpp"

#include "providers/shadeform/account.hpp"

namespace tally::shadeform {
namespace {

ProviderDescription make() {
  ProviderDescription shadeform;
  shadeform.name = "shadeform";
  shadeform.provider_id = "shadeform";
  shadeform.api_type = ApiType::global;
  shadeform.default_endpoint = "https://api.shadeform.ai/v1";
  shadeform.ssh_user = "shadeform";
  shadeform.credential_fields = {{"api_key"}};
  shadeform.create.takes_user_data = true;
  shadeform.create.takes_image = true;
  shadeform.create.takes_tags = true;
  shadeform.capabilities = capabilities_of<ShadeformAccount>(shadeform.create);
  return shadeform;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::shadeform
