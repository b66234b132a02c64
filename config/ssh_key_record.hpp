// A private SSH key as the vault keeps it: a record like a credential's, under the word "ssh" in the place of the
// provider. It is no credential; credentials name it: `[credential.ssh] key = "its ref"`.
#pragma once

#include <string_view>
#include <vector>

#include "cloud/credential.hpp"
#include "cloud/provider.hpp"

namespace tally {

inline constexpr std::string_view ssh_key_word = "ssh";

inline bool is_ssh_key(const StoredCredential& record) { return record.provider == ssh_key_word; }

/// {"private_key": "-----BEGIN ...", "passphrase": "..."}
inline const std::vector<CredentialField>& ssh_key_fields() {
  static const std::vector<CredentialField> fields{{"private_key", true, true, true}, {"passphrase", false}};
  return fields;
}

}  // namespace tally
