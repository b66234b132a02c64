// Fetches access tokens from Verda: by the refresh token that came with the last one, or else by client ID and secret.
// While that fails an old token does not go on serving. Loop thread.
#pragma once

#include "cloud/redactor.hpp"
#include "net/http.hpp"
#include "providers/provider.hpp"
#include "providers/rest/token_authorizer.hpp"

namespace tally::verda {

class OAuthAuthorizer final : public TokenAuthorizer {
 public:
  /// The context outlives it.
  explicit OAuthAuthorizer(const AccountContext& context)
      : TokenAuthorizer(context), context_(context), redactor_(context.redactor) {}

 private:
  /// Errors: see token_error(); the client's when there was no answer.
  Task<AccessToken> fetch(bool is_renewal) override;
  Task<Response> post(Secret body);
  Result<AccessToken> take(const Response& answer);

  const AccountContext& context_;
  Redactor redactor_;  // shared with all who show what the vendor says
  Secret refresh_;     // came with the last token; empty: none, or it is not taken any more
};

}  // namespace tally::verda
