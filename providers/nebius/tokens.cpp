#include "providers/nebius/tokens.hpp"

#include <algorithm>

#include "net/json_rows.hpp"
#include "providers/nebius/dialect.hpp"
#include "providers/nebius/protos/iam_v1.pb.h"
#include "providers/nebius/services.hpp"
#include "runtime/ascii.hpp"
#include "runtime/run_on.hpp"

namespace tally::nebius {
namespace {

constexpr Operation fetch_token{"get an access token"};
constexpr std::chrono::seconds longest_lifetime{24 * 60 * 60};
constexpr std::chrono::milliseconds first_back_off{1'000};
constexpr std::chrono::milliseconds longest_back_off{60'000};

std::vector<Header> bearer(const Token& token) {
  return std::vector<Header>(1, Header{"Authorization", Secret("Bearer " + std::string(token.access.reveal()))});
}

/// RFC 8693.
std::string exchange_of(const Secret& jwt) {
  ::nebius::iam::v1::ExchangeTokenRequest request;
  request.set_grant_type("urn:ietf:params:oauth:grant-type:token-exchange");
  request.set_requested_token_type("urn:ietf:params:oauth:token-type:access_token");
  request.set_subject_token(std::string(jwt.reveal()));
  request.set_subject_token_type("urn:ietf:params:oauth:token-type:jwt");
  return request.SerializeAsString();
}

}  // namespace

Result<Token> read_token(const std::string& message) {
  ::nebius::iam::v1::CreateTokenResponse answer;
  const bool is_message = answer.ParseFromString(message);
  const bool is_bearer = answer.token_type().empty() || ascii::iequals(answer.token_type(), "Bearer");
  if (!is_message || !is_bearer || !is_bearer_token(answer.access_token()) || answer.expires_in() <= 0) {
    return tl::unexpected(json::bad_reply("the answer to a request for a token has no bearer token in it"));
  }
  Token token;
  token.access = Secret(answer.access_token());
  token.lifetime =
      std::min(std::chrono::seconds(std::min<std::int64_t>(answer.expires_in(), 1'000'000)), longest_lifetime);
  return token;
}

TokenAuthorizer::TokenAuthorizer(const AccountContext& context)
    : context_(context),
      redactor_(context.redactor),
      account_(read_service_account(context.credential.fields.at("service_account_key"))),
      url_(url_of(context.credential.endpoint, services::tokens, "nebius.iam.v1.TokenExchangeService/Exchange")) {}

bool TokenAuthorizer::is_good() const { return token_ && context_.clock.now() < renew_at_; }

/// Whoever is cancelled while it fetches leaves that to the next one in the lane.
Task<std::vector<Header>> TokenAuthorizer::authorize(std::shared_ptr<const OutgoingRequest> /*request*/) {
  if (is_good()) co_return bearer(*token_);
  const std::uint64_t attempts_before = attempts_;
  const Turns::Place place = co_await turns_->take("");
  if (is_good()) co_return bearer(*token_);
  // Another one has asked meanwhile: it would hear the same.
  if (attempts_ != attempts_before && last_failure_) co_return tl::unexpected(*last_failure_);
  const Result<> renewed = co_await renew();
  ++attempts_;
  last_failure_.reset();
  if (renewed) {
    back_off_ = {};
    co_return bearer(*token_);
  }
  const bool is_alive = token_ && context_.clock.now() < ends_at_;
  if (is_alive) {
    back_off_ = std::clamp(back_off_ * 3 / 2, first_back_off, longest_back_off);
    renew_at_ = std::min(ends_at_, context_.clock.now() + back_off_);
    co_return bearer(*token_);
  }
  last_failure_ = renewed.error();
  co_return tl::unexpected(renewed.error());
}

/// Many calls may have used the token that is refused; the first of them to hear it drops it.
bool TokenAuthorizer::refresh_after_401(const std::vector<Header>& refused) {
  const bool is_current =
      token_ && !refused.empty() && refused.front().value.reveal() == bearer(*token_).front().value.reveal();
  if (is_current) token_.reset();
  return true;
}

/// Another token does no harm, so that this may be repeated.
Task<> TokenAuthorizer::renew() {
  if (!account_) co_return tl::unexpected(account_.error());
  const Timestamp now = context_.clock.wall_now();
  const Result<Secret> jwt = co_await run_on(context_.workers, [&] { return sign_request(*account_, now); });
  if (!jwt) co_return tl::unexpected(jwt.error());
  redactor_.learn(*jwt);
  Request request = grpc_call(url_, exchange_of(*jwt), Repeat::safe);
  request.priority = Priority::lifecycle;
  request.body_limit = limits::answer_small;
  const TimePoint asked_at = context_.clock.now();
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) {
    answer.error().certainty = Certainty::nothing_happened;
    co_return tl::unexpected(answer.error());
  }
  co_return take(*answer, asked_at);
}

Result<> TokenAuthorizer::take(const Response& answer, TimePoint asked_at) {
  Result<Token> token;
  if (answer.status / 100 == 2) {
    token = read_token(answer.body);
  } else {
    Error error = error_of(dialect(), fetch_token, answer, redactor_);
    const bool is_refused = answer.status >= 400 && answer.status < 500 && error.kind != Errc::rate_limited &&
                            error.kind != Errc::service_unavailable;
    if (is_refused) {
      error.kind = Errc::auth;
      error.advice = "check `service_account_key`, and that its public key is still known to Nebius";
    }
    error.message = "no access token: " + error.message;
    token = tl::unexpected(std::move(error));
  }
  if (!token) {
    token.error().certainty = Certainty::nothing_happened;
    return tl::unexpected(token.error());
  }
  redactor_.learn(token->access);
  ends_at_ = asked_at + token->lifetime;
  renew_at_ = asked_at + token->lifetime * 9 / 10;
  token_ = std::move(*token);
  return {};
}

}  // namespace tally::nebius
