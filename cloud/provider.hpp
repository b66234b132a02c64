// What is true of a provider before any credential is opened: names, intervals, limits, credential fields.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cloud/capabilities.hpp"
#include "cloud/credential.hpp"
#include "cloud/provider_option.hpp"
#include "cloud/request_rate.hpp"
#include "runtime/contains.hpp"

namespace tally {

enum class ApiType {
  global,      // one call lists every region
  locational,  // one call per region
};
constexpr std::string_view to_string(ApiType type) { return type == ApiType::global ? "global" : "locational"; }

struct CredentialField {
  std::string_view name;  // key in the credential's JSON
  bool is_required = true;
  bool is_secret = true;       // false: an address or a name, which may be shown
  bool is_multiline = false;   // such as a PEM key; may end with line breaks
  bool may_be_object = false;  // given as a JSON object, it is that object's text
};

struct ProviderDescription {
  std::string_view name;                  // folder name, what a config says: "lambda"
  std::string_view provider_id;           // the vendor's own ID, what views show: "lambda-labs"
  std::vector<std::string_view> aliases;  // further names that a config may use
  ApiType api_type = ApiType::global;
  std::string_view default_endpoint;
  bool speaks_grpc = false;  // a call is gRPC's; the endpoint may have `{service}` in its host
  std::chrono::seconds instance_type_interval{60};
  std::chrono::seconds instance_interval{5};
  std::chrono::seconds young_instance_grace{60};  // absence of a younger instance means nothing
  double requests_per_second = 10;                // per tenant, long-run average
  double request_burst = 10;
  std::vector<RequestRate> request_rates;  // of the budget's named pools: what the vendor limits by itself
  int creates_per_minute = 10;
  std::chrono::seconds between_creates{0};  // at the least, from the beginning of one to that of the next
  bool shares_names = false;                // a RefID can live once in a tenant, not once a credential: names carry it
  bool stops_what_fails = false;            // a machine that cannot be started the first time is shown as `stopped`
  bool sells_for_free = false;              // false: a price of 0 means "not known"
  std::string_view ssh_user = "root";
  int ssh_port = 22;
  std::vector<CredentialField> credential_fields;
  std::vector<ProviderOption> options;  // what else a configuration may say of a credential
  CreateTraits create;
  Capabilities capabilities;  // capabilities_of the account class and `create`, never written by hand

  /// Whether a config may say this for it: its name, the vendor's own ID or an alias.
  [[nodiscard]] bool goes_by(std::string_view word) const {
    return word == name || word == provider_id || contains(aliases, word);
  }
};

/// What holds of an option: what the credential's configuration gives, else the default. The provider must have
/// declared it with this type.
template <class T>
const T& option(const Credential& credential, const ProviderDescription& provider, std::string_view name) {
  if (const auto at = credential.options.find(name); at != credential.options.end()) return std::get<T>(at->second);
  for (const ProviderOption& each : provider.options) {
    if (each.name == name) return std::get<T>(each.default_value);
  }
  throw std::logic_error("no such option: " + std::string(name));
}

}  // namespace tally
