#include "providers/verda/oauth_authorizer.hpp"

#include <string>
#include <utility>

#include "providers/verda/description.hpp"
#include "providers/verda/oauth.hpp"

namespace tally::verda {
namespace {

constexpr const char* token_path = "/oauth2/token";

}  // namespace

Task<AccessToken> OAuthAuthorizer::fetch(bool is_renewal) {
  if (is_renewal && !refresh_.empty()) {
    Secret grant = grant_by_refresh(refresh_);
    const Result<Response> answer = co_await post(std::move(grant));
    if (!answer) co_return tl::unexpected(answer.error());
    // A refresh token that is not taken any more says nothing of the credential.
    if (answer->status != 400 && answer->status != 401) co_return take(*answer);
  }
  refresh_ = Secret();
  Secret grant = grant_by_client(context_.credential);
  const Result<Response> answer = co_await post(std::move(grant));
  if (!answer) co_return tl::unexpected(answer.error());
  co_return take(*answer);
}

/// Another token does no harm, so that this may be repeated.
Task<Response> OAuthAuthorizer::post(Secret body) {
  Request request;
  request.method = Method::post;
  request.url = context_.credential.endpoint + token_path;
  request.content_type = "application/json";
  request.body = std::move(body);
  request.repeat = Repeat::safe;
  request.priority = Priority::lifecycle;
  request.pool = std::string(path_pool) + "/POST " + token_path;
  request.body_limit = limits::answer_small;
  co_return co_await context_.http.send(std::move(request));
}

Result<AccessToken> OAuthAuthorizer::take(const Response& answer) {
  if (answer.status / 100 != 2) return tl::unexpected(token_error(answer, redactor_));
  Result<Token> token = read_token(answer.body);
  if (!token) return tl::unexpected(token.error());
  if (!token->refresh.empty()) redactor_.learn(token->refresh);
  refresh_ = std::move(token->refresh);
  const TimePoint renew_at = context_.clock.now() + good_for(token->lifetime);
  return AccessToken{std::move(token->access), renew_at, renew_at};
}

}  // namespace tally::verda
