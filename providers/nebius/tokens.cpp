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

/// RFC 8693.
std::string exchange_of(const Secret& jwt) {
  ::nebius::iam::v1::ExchangeTokenRequest request;
  request.set_grant_type("urn:ietf:params:oauth:grant-type:token-exchange");
  request.set_requested_token_type("urn:ietf:params:oauth:token-type:access_token");
  request.set_subject_token(std::string(jwt.reveal()));
  request.set_subject_token_type("urn:ietf:params:oauth:token-type:jwt");
  return request.SerializeAsString();
}

/// Why there is no token, whatever it was to be used for.
Error token_error(const Response& answer, const Redactor& redactor) {
  Error error = error_of(dialect(), fetch_token, answer, redactor);
  const bool is_refused = answer.status >= 400 && answer.status < 500 && error.kind != Errc::rate_limited &&
                          error.kind != Errc::service_unavailable;
  if (is_refused) {
    error.kind = Errc::auth;
    error.advice = "check `service_account_key`, and that its public key is still known to Nebius";
  }
  error.message = "no access token: " + error.message;
  return error;
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

ServiceAccountAuthorizer::ServiceAccountAuthorizer(const AccountContext& context)
    : TokenAuthorizer(context),
      context_(context),
      redactor_(context.redactor),
      account_(read_service_account(context.credential.fields.at("service_account_key"))),
      url_(url_of(context.credential.endpoint, services::tokens, "nebius.iam.v1.TokenExchangeService/Exchange")) {}

/// Another token does no harm, so that this may be repeated.
Task<AccessToken> ServiceAccountAuthorizer::fetch(bool /*is_renewal*/) {
  if (!account_) co_return tl::unexpected(account_.error());
  const Timestamp now = context_.clock.wall_now();
  const Result<Secret> jwt = co_await run_on(context_.workers, [&] { return sign_request(*account_, now); });
  if (!jwt) co_return tl::unexpected(jwt.error());
  redactor_.learn(*jwt);
  Request request = grpc_call(url_, exchange_of(*jwt), Repeat::safe);
  request.priority = Priority::lifecycle;
  request.body_limit = limits::answer_small;
  const TimePoint asked_at = context_.clock.now();
  const Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) co_return tl::unexpected(answer.error());
  co_return take(*answer, asked_at);
}

Result<AccessToken> ServiceAccountAuthorizer::take(const Response& answer, TimePoint asked_at) const {
  if (answer.status / 100 != 2) return tl::unexpected(token_error(answer, redactor_));
  Result<Token> token = read_token(answer.body);
  if (!token) return tl::unexpected(token.error());
  return AccessToken{std::move(token->access), asked_at + token->lifetime * 9 / 10, asked_at + token->lifetime};
}

}  // namespace tally::nebius
