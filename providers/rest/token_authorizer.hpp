// Vouches for requests with an access token that is fetched when one is needed: once for all who wait for it, ahead of
// its end, and anew when the vendor refuses it. How one is had is the vendor's to say. Tokens stay in memory; the
// account's redactor knows them. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "net/authorizer.hpp"
#include "providers/provider.hpp"
#include "runtime/clock.hpp"
#include "runtime/turns.hpp"

namespace tally {

struct AccessToken {
  Secret text;
  TimePoint renew_at;  // from then on who needs it fetches another one first
  /// While that fails, the old one goes on serving until then, and it is tried again after a second, then half as long
  /// again each time, a minute at most. `renew_at`: it does not; callers are told why.
  TimePoint serves_until;
};

class TokenAuthorizer : public Authorizer {
 public:
  /// The context outlives it.
  explicit TokenAuthorizer(const AccountContext& context) : clock_(context.clock), redactor_(context.redactor) {}

  /// Errors: those of fetch(), nothing happened. One that was waited for is everybody's who did.
  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) final;

  bool refresh_after_401(const std::vector<Header>& refused) final;

 private:
  /// Asks the vendor for a token; never twice at once. `is_renewal`: there was one before it, and nobody was refused
  /// with that. Other secrets than the token are for the vendor to have learned.
  virtual Task<AccessToken> fetch(bool is_renewal) = 0;

  /// Good for now; nullptr: there is none.
  const AccessToken* good_token() const { return token_ && clock_.now() < token_->renew_at ? &*token_ : nullptr; }
  /// To be used while no other one can be had; nullptr: there is none.
  AccessToken* serving_token() { return token_ && clock_.now() < token_->serves_until ? &*token_ : nullptr; }
  const AccessToken& keep(AccessToken token);
  void put_off_renewal(AccessToken& token);

  const Clock& clock_;
  Redactor redactor_;  // shared with all who show what the vendor says
  Turns turns_;        // to fetch one
  std::optional<AccessToken> token_;
  std::chrono::milliseconds back_off_{0};
  std::uint64_t attempts_ = 0;         // that have ended
  std::optional<Error> last_failure_;  // of the last one, when its callers were told
};

}  // namespace tally
