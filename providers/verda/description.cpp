#include "providers/verda/description.hpp"

#include "providers/verda/account.hpp"

namespace tally::verda {
namespace {

ProviderDescription make() {
  ProviderDescription verda;
  verda.name = "verda";
  verda.provider_id = "verda";
  verda.aliases = {"datacrunch"};
  verda.api_type = ApiType::global;
  verda.default_endpoint = "https://api.verda.com/v1";
  // A project has 500 requests a minute, of which each path has 60. What all machines share a path for has a pool of
  // its own; the four of them and the rest stay below the project's limit together.
  verda.requests_per_second = 4;
  verda.request_burst = 30;
  verda.request_rates = {{path_pool, 1, 10}};
  verda.ssh_user = "brev";
  verda.credential_fields = {{"client_id"}, {"client_secret"}, {"api_url", false, false}};
  verda.options = {{ssh_user_option, std::string("brev"), "the user that new machines get, and that SSH logs in as"}};
  verda.create.takes_user_data = true;
  verda.create.takes_image = true;
  verda.create.takes_tags = true;
  verda.capabilities = capabilities_of<VerdaAccount>(verda.create);
  return verda;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::verda
