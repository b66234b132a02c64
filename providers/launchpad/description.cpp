#include "providers/launchpad/description.hpp"

#include "providers/launchpad/account.hpp"

namespace tally::launchpad {
namespace {

ProviderDescription make() {
  ProviderDescription launchpad;
  launchpad.name = "launchpad";
  launchpad.provider_id = "launchpad";
  launchpad.api_type = ApiType::global;
  launchpad.default_endpoint = "https://launchpad.api.nvidia.com";
  launchpad.shares_names = true;  // the RefID is the request's ID
  launchpad.ssh_user = "nvidia";
  launchpad.credential_fields = {{"api_token"}, {"api_url", false, false}};
  launchpad.options = {
      {"org_name", std::string(), "organisation that a create is for; a create needs it"},
      {"requester_name", std::string(), "who asks for it; a create needs it"},
      {"requester_email", std::string(), "and their mail address; a create needs it"},
      {"experience_ids", OptionTable<std::string>(),
       "experience of a create, by `cloud.gpu.connection`, by `cloud` or as `default`; a create needs one"},
      {"control_addresses", std::vector<std::string>(),
       "addresses of this host as machines see it: added to every allow-list that is not empty"},
      {"allow_unenforceable_firewall", false, "rules that an allow-list cannot express are left out, not refused"},
      {"stop_start", false, "machines of this account's experiences can be stopped and started"},
  };
  launchpad.create.is_idempotent = true;
  launchpad.create.takes_tags = true;
  launchpad.capabilities = capabilities_of<LaunchpadAccount>(launchpad.create);
  return launchpad;
}

}  // namespace

const ProviderDescription& description() {
  static const ProviderDescription description = make();
  return description;
}

}  // namespace tally::launchpad
