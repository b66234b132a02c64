// Vouches for requests with an access token that is fetched when one is needed: once for all who wait for it, ahead of
// its end, and anew when the vendor refuses it. Tokens stay in memory. Loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cloud/redactor.hpp"
#include "net/authorizer.hpp"
#include "net/http.hpp"
#include "providers/provider.hpp"
#include "providers/verda/oauth.hpp"
#include "runtime/turns.hpp"

namespace tally::verda {

class TokenAuthorizer final : public Authorizer {
 public:
  /// The context outlives it.
  explicit TokenAuthorizer(const AccountContext& context)
      : context_(context), redactor_(context.redactor), turns_(std::make_shared<Turns>()) {}

  /// Errors: see token_error(); the client's when there was no answer. One that was waited for is everybody's who did.
  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) override;

  bool refresh_after_401(const std::vector<Header>& refused) override;

 private:
  /// The one that is still good; nullptr: none.
  [[nodiscard]] const Token* good_token() const;
  Task<std::vector<Header>> renew();
  Task<Response> post(Secret body);
  Result<std::vector<Header>> take(const Response& answer);

  const AccountContext& context_;
  Redactor redactor_;             // shared with all who show what the vendor says
  std::shared_ptr<Turns> turns_;  // to fetch one
  std::optional<Token> token_;
  TimePoint renew_at_;
  std::uint64_t attempts_ = 0;  // that have ended
  std::optional<Error> last_failure_;
};

}  // namespace tally::verda
