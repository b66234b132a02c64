// A credential as an account is opened with it: who it is for the operator, and the vendor's secret fields.
#pragma once

#include <map>
#include <string>

#include "cloud/ids.hpp"
#include "cloud/secret.hpp"

namespace tally {

struct Credential {
  CredentialRef ref;
  std::map<std::string, Secret, std::less<>> fields;  // keys as in ProviderDescription::credential_fields
  std::string endpoint;                               // base URL, without a trailing slash
};

}  // namespace tally
