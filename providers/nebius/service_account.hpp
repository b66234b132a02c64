// The key of a Nebius service account, and what it signs. Pure.
#pragma once

#include <string>

#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "runtime/timestamp.hpp"

namespace tally::nebius {

struct ServiceAccount {
  std::string id;      // "serviceaccount-..."
  std::string key_id;  // "publickey-..."
  Secret private_key;  // PEM
};

/// The key file's JSON: {"subject-credentials": {"alg": "RS256", "private-key", "kid", "iss", "sub"}}. Error (auth,
/// nothing happened): it is none, or of another kind; names the member, never its value.
Result<ServiceAccount> read_service_account(const Secret& key_file);

/// A JWT (RS256) by which the service account asks for a token, good from half a minute before `now` to four minutes
/// after it. Takes a millisecond or two. Error (auth): the private key is no RSA key.
Result<Secret> sign_request(const ServiceAccount& account, Timestamp now);

}  // namespace tally::nebius
