// Vouches for calls with an access token that a service account's signature is exchanged for: once for all who wait for
// it, ahead of its end, and anew when the vendor refuses it. Tokens stay in memory. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/redactor.hpp"
#include "net/authorizer.hpp"
#include "net/http.hpp"
#include "providers/nebius/service_account.hpp"
#include "providers/provider.hpp"
#include "runtime/turns.hpp"

namespace tally::nebius {

struct Token {
  Secret access;
  std::chrono::seconds lifetime{0};  // 1 s to a day, from before it was asked for
};

/// A CreateTokenResponse. Error (service_unavailable): no bearer token in it, or none that could stand in a header.
Result<Token> read_token(const std::string& message);

class TokenAuthorizer final : public Authorizer {
 public:
  /// The context outlives it.
  explicit TokenAuthorizer(const AccountContext& context);

  /// After nine tenths of its life a token is renewed; while that fails the old one serves to its end, and it is tried
  /// again after a second, then half as long again each time, a minute at most. One failure that was waited for is
  /// everybody's who did.
  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) override;

  bool refresh_after_401(const std::vector<Header>& refused) override;

 private:
  [[nodiscard]] bool is_good() const;
  Task<> renew();
  Result<> take(const Response& answer, TimePoint asked_at);

  const AccountContext& context_;
  Redactor redactor_;  // shared with all who show what the vendor says
  Result<ServiceAccount> account_;
  std::string url_;
  std::shared_ptr<Turns> turns_ = std::make_shared<Turns>();  // to fetch one
  std::optional<Token> token_;
  TimePoint renew_at_;
  TimePoint ends_at_;
  std::chrono::milliseconds back_off_{0};
  std::uint64_t attempts_ = 0;  // that have ended
  std::optional<Error> last_failure_;
};

}  // namespace tally::nebius
