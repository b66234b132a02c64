#include "providers/template/description.hpp"

#include "providers/template/account.hpp"

namespace tally::template_api {
namespace {

ProviderDescription make() {
  ProviderDescription vendor;
  vendor.name = "template";
  vendor.provider_id = "template";
  vendor.api_type = ApiType::locational;
  vendor.default_endpoint = "https://api.template.invalid/v1";  // nobody's: only a simulated cloud speaks this API
  vendor.requests_per_second = 20;
  vendor.request_burst = 40;
  vendor.creates_per_minute = 60;
  vendor.ssh_user = "ubuntu";
  vendor.credential_fields = {{"api_key"}};
  vendor.create.is_idempotent = true;
  vendor.create.takes_user_data = true;
  vendor.create.takes_image = true;
  vendor.create.takes_tags = true;
  vendor.capabilities = capabilities_of<TemplateAccount>(vendor.create);
  return vendor;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::template_api
