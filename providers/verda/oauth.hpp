// Verda's OAuth2 (client credentials): what is sent for an access token, and what comes back. Pure.
#pragma once

#include <chrono>
#include <string>

#include "cloud/credential.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "net/http.hpp"

namespace tally::verda {

struct Token {
  Secret access;
  Secret refresh;                     // empty: the vendor gave none
  std::chrono::seconds lifetime{60};  // 1 s to a day, from when it came
};

/// The JSON bodies of POST /oauth2/token.
Secret grant_by_client(const Credential& credential);
Secret grant_by_refresh(const Secret& refresh_token);

/// Error (service_unavailable): no access token in it. A lifetime that is missing, or none, is a minute.
Result<Token> read_token(const std::string& body);

/// After how much of its life a token is renewed: 60 s before its end, or a tenth of its life before.
std::chrono::seconds good_for(std::chrono::seconds lifetime);

/// Why there is no token, whatever the credential was to be used for: `auth` for any refusal but one for being asked
/// too often, a 404 included; `service_unavailable` where the vendor is not well. Nothing happened.
Error token_error(const Response& answer, const Redactor& redactor);

}  // namespace tally::verda
