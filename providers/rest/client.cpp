#include "providers/rest/client.hpp"

namespace tally {

Request get(std::string path) {
  Request request;
  request.url = std::move(path);
  return request;
}

Task<Response> RestClient::send(Operation operation, Request request) {
  request.url = endpoint_ + request.url;
  request.authorizer = authorizer_.get();
  const bool only_reads = repeat_of(request) == Repeat::safe;
  Result<Response> answer = co_await context_.http.send(std::move(request));
  if (!answer) {
    answer.error().provider = dialect_.provider_id;
    answer.error().operation = operation.words;
    co_return answer;
  }
  const bool is_refused = dialect_.is_refusal != nullptr && dialect_.is_refusal(*answer);
  if (answer->status / 100 == 2 && !is_refused) co_return answer;
  Error refusal =
      co_await run_on(context_.workers, [&] { return error_of(dialect_, operation, *answer, context_.redactor); });
  if (only_reads) refusal.certainty = Certainty::nothing_happened;
  co_return tl::unexpected(std::move(refusal));
}

Error RestClient::unread(Operation operation, bool only_reads, Error error) const {
  error.provider = dialect_.provider_id;
  error.operation = operation.words;
  if (only_reads) error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace tally
