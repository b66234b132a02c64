// AWS Signature Version 4: the headers that vouch for one request. Pure. Source: AWS's "Create a signed API request".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/secret.hpp"
#include "net/headers.hpp"
#include "net/outgoing_request.hpp"
#include "runtime/timestamp.hpp"

namespace tally::aws {

struct AccessKey {
  std::string id;
  Secret secret;
  Secret session_token;  // empty: a key that lasts
};

/// What a signature holds for.
struct SigningScope {
  std::string region;
  std::string service;  // the signing name: "ec2"
};

/// "20260115T120000Z"
std::string amz_date(Timestamp time);

/// What is signed, step by step, as the specification names it.
struct Signature {
  std::string signed_headers;
  std::string canonical_request;
  std::string scope;
  std::string string_to_sign;
  std::string signature;  // hex
};

/// Of the headers signed are Host, Content-Type and all that begin with X-Amz-. The query must be encoded as it is
/// sent.
Signature signature_of(const OutgoingRequest& request, const AccessKey& key, const SigningScope& scope,
                       std::string_view date);

/// X-Amz-Date, X-Amz-Security-Token where there is a session, and Authorization, for the request as it is.
std::vector<Header> sign(const OutgoingRequest& request, const AccessKey& key, const SigningScope& scope,
                         Timestamp time);

}  // namespace tally::aws
