#include "providers/verda/token_authorizer.hpp"

#include "providers/verda/description.hpp"

namespace tally::verda {
namespace {

constexpr const char* token_path = "/oauth2/token";

std::vector<Header> bearer(const Token& token) {
  return std::vector<Header>(1, Header{"Authorization", Secret("Bearer " + std::string(token.access.reveal()))});
}

}  // namespace

/// Whoever is cancelled while it fetches leaves that to the next one in the lane.
Task<std::vector<Header>> TokenAuthorizer::authorize(std::shared_ptr<const OutgoingRequest> /*request*/) {
  if (const Token* token = good_token()) co_return bearer(*token);
  const std::uint64_t attempts_before = attempts_;
  const Turns::Place place = co_await turns_->take("");
  if (const Token* token = good_token()) co_return bearer(*token);
  // Another one has asked meanwhile: it would hear the same.
  if (attempts_ != attempts_before && last_failure_) co_return tl::unexpected(*last_failure_);
  Result<std::vector<Header>> renewed = co_await renew();
  ++attempts_;
  last_failure_.reset();
  if (!renewed) last_failure_ = renewed.error();
  co_return renewed;
}

/// Many calls may have used the token that is refused; the first of them to hear it drops it.
bool TokenAuthorizer::refresh_after_401(const std::vector<Header>& refused) {
  const bool is_current =
      token_ && !refused.empty() && refused.front().value.reveal() == bearer(*token_).front().value.reveal();
  if (is_current) token_.reset();
  return true;
}

const Token* TokenAuthorizer::good_token() const {
  return token_ && context_.clock.now() < renew_at_ ? &*token_ : nullptr;
}

Task<std::vector<Header>> TokenAuthorizer::renew() {
  if (token_ && !token_->refresh.empty()) {
    Secret refresh = grant_by_refresh(token_->refresh);
    const Result<Response> answer = co_await post(std::move(refresh));
    if (!answer) co_return tl::unexpected(answer.error());
    // A refresh token that is not taken any more says nothing of the credential.
    if (answer->status != 400 && answer->status != 401) co_return take(*answer);
  }
  token_.reset();
  Secret grant = grant_by_client(context_.credential);
  const Result<Response> answer = co_await post(std::move(grant));
  if (!answer) co_return tl::unexpected(answer.error());
  co_return take(*answer);
}

/// Another token does no harm, so that this may be repeated.
Task<Response> TokenAuthorizer::post(Secret body) {
  Request request;
  request.method = Method::post;
  request.url = context_.credential.endpoint + token_path;
  request.content_type = "application/json";
  request.body = std::move(body);
  request.repeat = Repeat::safe;
  request.priority = Priority::lifecycle;
  request.pool = std::string(path_pool) + "/POST " + token_path;
  request.body_limit = limits::answer_small;
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) answer.error().certainty = Certainty::nothing_happened;
  co_return answer;
}

Result<std::vector<Header>> TokenAuthorizer::take(const Response& answer) {
  if (answer.status / 100 != 2) return tl::unexpected(token_error(answer, redactor_));
  Result<Token> token = read_token(answer.body);
  if (!token) {
    token.error().certainty = Certainty::nothing_happened;
    return tl::unexpected(token.error());
  }
  redactor_.learn(token->access);
  if (!token->refresh.empty()) redactor_.learn(token->refresh);
  renew_at_ = context_.clock.now() + good_for(token->lifetime);
  return bearer(token_.emplace(std::move(*token)));
}

}  // namespace tally::verda
