#include "providers/fluidstack/settings.hpp"

#include <algorithm>

#include "cloud/host.hpp"
#include "net/url.hpp"
#include "providers/fluidstack/description.hpp"
#include "providers/fluidstack/regions.hpp"

namespace tally::fluidstack {
namespace {

/// A text that may stand among the secret fields, too.
std::string text_of(const Credential& credential, std::string_view name) {
  std::string text = option<std::string>(credential, description(), name);
  const auto field = credential.fields.find(name);
  if (text.empty() && field != credential.fields.end()) text = field->second.reveal();
  return text;
}

/// "us-east-1" of https://us-east-1.atlas.fluidstack.io/...
std::string region_name(const std::string& endpoint) {
  const auto url = parse_http_url(endpoint);
  if (!url || is_ip_address(url->host)) return "default";
  const std::size_t dot = url->host.find('.');
  return dot == std::string::npos || dot == 0 ? "default" : url->host.substr(0, dot);
}

}  // namespace

Settings settings_of(const Credential& credential) {
  Settings settings;
  settings.project_id = text_of(credential, "project_id");
  settings.prices = option<OptionTable<Money>>(credential, description(), "prices");
  settings.uses_private_ip = option<bool>(credential, description(), "use_private_ip");
  settings.ssh_user = option<std::string>(credential, description(), "ssh_user");
  settings.regions = option<std::vector<NamedUrl>>(credential, description(), "regions");
  settings.management_url = text_of(credential, "management_url");
  while (settings.management_url.ends_with('/')) settings.management_url.pop_back();
  if (credential.endpoint == description().default_endpoint) {
    if (settings.management_url.empty()) settings.management_url = credential.endpoint;
    return settings;
  }
  const auto named = std::find_if(settings.regions.begin(), settings.regions.end(),
                                  [&](const NamedUrl& region) { return region.url == credential.endpoint; });
  const NamedUrl only{named == settings.regions.end() ? region_name(credential.endpoint) : named->name,
                      credential.endpoint};
  settings.regions = {only};
  return settings;
}

}  // namespace tally::fluidstack
