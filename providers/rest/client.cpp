#include "providers/rest/client.hpp"

namespace tally {

std::unique_ptr<Authorizer> authorization(const Secret& key, std::string_view scheme) {
  return std::make_unique<HeaderAuthorizer>(
      Header{"Authorization", Secret(std::string(scheme) + " " + std::string(key.reveal()))});
}

Request get(std::string path) {
  Request request;
  request.url = std::move(path);
  return request;
}

Request change(Method method, std::string path, Repeat repeat, std::string json) {
  Request request;
  request.method = method;
  request.url = std::move(path);
  request.repeat = repeat;
  request.priority = Priority::lifecycle;
  if (!json.empty()) request.content_type = "application/json";
  request.body = Secret(std::move(json));
  return request;
}

Task<Response> RestClient::send(Operation operation, Request request) {
  request.url = endpoint_ + request.url;
  request.authorizer = authorizer_.get();
  const bool only_reads = repeat_of(request) == Repeat::safe;
  if (!only_reads) {
    request.is_word = [this, operation](const Response& answer) {
      return error_of(dialect_, operation, answer, context_.redactor).certainty == Certainty::nothing_happened;
    };
  }
  const std::string pool = request.pool;
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) co_return tl::unexpected(unread(dialect_, operation, false, answer.error()));
  heed_limits(*answer, pool);
  const bool is_refused = dialect_.is_refusal != nullptr && dialect_.is_refusal(*answer);
  if (answer->status / 100 == 2 && !is_refused) co_return answer;
  Error refusal =
      co_await run_on(context_.workers, [&] { return error_of(dialect_, operation, *answer, context_.redactor); });
  if (answer->may_be_done) refusal.certainty = Certainty::unknown;
  if (only_reads) refusal.certainty = Certainty::nothing_happened;
  co_return tl::unexpected(std::move(refusal));
}

void RestClient::heed_limits(const Response& answer, const std::string& pool) {
  if (dialect_.read_shortages == nullptr) return;
  for (const Shortage& shortage : dialect_.read_shortages(answer)) {
    if (shortage.is_of_path && pool.empty()) continue;
    const TimePoint until = context_.clock.now() + shortage.lasts;
    const std::string of = shortage.is_of_path ? pool : "";
    if (shortage.is_all_used) {
      context_.budget.pause_until(until, of);
    } else {
      context_.budget.hold_syncs_until(until, of);
    }
  }
}

Task<> RestClient::perform(Operation operation, Request request) {
  const Result<Response> answer = co_await send(operation, std::move(request));
  if (!answer) co_return tl::unexpected(answer.error());
  co_return Result<>();
}

Error RestClient::refusal(Operation operation, Errc kind, std::string message) const {
  return unasked(dialect_, operation, kind, std::move(message));
}

}  // namespace tally
