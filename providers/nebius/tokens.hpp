// Fetches access tokens from Nebius, in exchange for what a service account's key has signed. Loop thread.
#pragma once

#include <chrono>
#include <string>

#include "cloud/redactor.hpp"
#include "net/http.hpp"
#include "providers/nebius/service_account.hpp"
#include "providers/provider.hpp"
#include "providers/rest/token_authorizer.hpp"

namespace tally::nebius {

struct Token {
  Secret access;
  std::chrono::seconds lifetime{0};  // 1 s to a day, from before it was asked for
};

/// A CreateTokenResponse. Error (service_unavailable): no bearer token in it, or none that could stand in a header.
Result<Token> read_token(const std::string& message);

class ServiceAccountAuthorizer final : public TokenAuthorizer {
 public:
  /// The context outlives it.
  explicit ServiceAccountAuthorizer(const AccountContext& context);

 private:
  /// A token that is renewed after nine tenths of its life, and serves to its end while that fails.
  Task<AccessToken> fetch(bool is_renewal) override;
  [[nodiscard]] Result<AccessToken> take(const Response& answer, TimePoint asked_at) const;

  const AccountContext& context_;
  Redactor redactor_;  // shared with all who show what the vendor says
  Result<ServiceAccount> account_;
  std::string url_;
};

}  // namespace tally::nebius
