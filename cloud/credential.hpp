// A credential as an account is opened with it: who it is for the operator, and the vendor's secret fields.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cloud/ids.hpp"
#include "cloud/provider_option.hpp"
#include "cloud/secret.hpp"

namespace tally {

using SecretFields = std::map<std::string, Secret, std::less<>>;  // keys as in ProviderDescription::credential_fields

struct Credential {
  CredentialRef ref;
  SecretFields fields;
  std::string endpoint;    // base URL, without a trailing slash
  GivenOptions options{};  // ask with option() of cloud/provider.hpp
};

/// ^[a-z0-9]+(-[a-z0-9]+)*$, at most 39 characters.
bool is_credential_ref(std::string_view text);

/// A credential as the vault keeps it.
struct StoredCredential {
  CredentialRef ref;
  std::string provider;  // name as a config has it: "lambda"; "ssh": no credential, but an SSH key
  SecretFields fields;
  bool is_removed = false;  // kept only to watch the instances that still live
};

}  // namespace tally
