#include "providers/nebius/calls.hpp"

#include "providers/nebius/protos/listing.pb.h"
#include "providers/rest/page_walk.hpp"

namespace tally::nebius {
namespace {

/// The token of the page after it.
Result<std::optional<std::string>> next_of(const std::string& body) {
  ::nebius::listing::Page page;
  if (!page.ParseFromString(body)) return tl::unexpected(json::bad_reply("a page is not the API's message"));
  if (page.next_page_token().empty()) return std::optional<std::string>();
  return std::optional<std::string>(page.next_page_token());
}

}  // namespace

void Calls::note_limit(const Error& error) const {
  constexpr int told_in_details = 400;
  constexpr std::chrono::seconds pause{1};
  const bool is_new = error.kind == Errc::rate_limited && error.status == told_in_details;
  if (is_new) context_.budget.pause_until(context_.clock.now() + pause);
}

Task<Pages> Calls::list(Operation operation, GrpcMethod method, PageRequest request, std::string lane) {
  PageWalk walk("");
  Pages pages;
  for (std::optional<std::string> token = std::string(); token;) {
    Request asked = grpc_call(url_of(method), request(*token), Repeat::safe);
    asked.lane = std::string(method.path) + " " + lane;
    Result<Response> answer = co_await client_.send(operation, std::move(asked));
    if (!answer) note_limit(answer.error());
    if (!answer) co_return tl::unexpected(answer.error());
    Result<std::optional<std::string>> next = co_await run_on(context_.workers, [&] { return next_of(answer->body); });
    if (next) next = walk.go_on(std::move(*next), answer->body.size());
    if (!next) {
      Error error = client_.refusal(operation, next.error().kind, next.error().message);
      co_return tl::unexpected(std::move(error));
    }
    pages.push_back(std::move(answer->body));
    token = std::move(*next);
  }
  co_return pages;
}

}  // namespace tally::nebius
