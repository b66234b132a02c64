#include "providers/rest/token_authorizer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tally {
namespace {

constexpr std::chrono::milliseconds first_back_off{1'000};
constexpr std::chrono::milliseconds longest_back_off{60'000};

std::vector<Header> bearer(const AccessToken& token) {
  return std::vector<Header>(1, Header{"Authorization", Secret("Bearer " + std::string(token.text.reveal()))});
}

}  // namespace

/// Whoever is cancelled while it fetches leaves that to the next one in the lane.
Task<std::vector<Header>> TokenAuthorizer::authorize(std::shared_ptr<const OutgoingRequest> /*request*/) {
  if (const AccessToken* token = good_token()) co_return bearer(*token);
  const std::uint64_t attempts_before = attempts_;
  const Turns::Place place = co_await turns_.take();
  if (const AccessToken* token = good_token()) co_return bearer(*token);
  // Another one has asked meanwhile: it would hear the same.
  if (attempts_ != attempts_before && last_failure_) co_return tl::unexpected(*last_failure_);
  Result<AccessToken> fetched = co_await fetch(token_.has_value());
  ++attempts_;
  last_failure_.reset();
  if (fetched) co_return bearer(keep(std::move(*fetched)));
  if (AccessToken* token = serving_token()) {
    put_off_renewal(*token);
    co_return bearer(*token);
  }
  fetched.error().certainty = Certainty::nothing_happened;
  last_failure_ = fetched.error();
  co_return tl::unexpected(fetched.error());
}

/// Many calls may have used the token that is refused; the first of them to hear it drops it.
bool TokenAuthorizer::refresh_after_401(const std::vector<Header>& refused) {
  const bool is_current =
      token_ && !refused.empty() && refused.front().value.reveal() == bearer(*token_).front().value.reveal();
  if (is_current) token_.reset();
  return true;
}

const AccessToken& TokenAuthorizer::keep(AccessToken token) {
  redactor_.learn(token.text);
  back_off_ = {};
  return token_.emplace(std::move(token));
}

void TokenAuthorizer::put_off_renewal(AccessToken& token) {
  back_off_ = std::clamp(back_off_ * 3 / 2, first_back_off, longest_back_off);
  token.renew_at = std::min(token.serves_until, clock_.now() + back_off_);
}

}  // namespace tally
