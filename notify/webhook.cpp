#include "notify/webhook.hpp"

#include <fmt/format.h>

#include "notify/body.hpp"

namespace tally::notify {
namespace {

constexpr std::size_t answer_limit = std::size_t{4} << 20U;  // nobody reads it
constexpr std::size_t webhook_lanes = 4;

Request request_of(const std::string& url, const Secret& secret, std::string body) {
  Request request;
  request.method = Method::post;
  request.url = url;
  request.content_type = "application/json";
  request.repeat = Repeat::never;  // the rule repeats it
  request.body_limit = answer_limit;
  if (!secret.empty()) request.headers.push_back({"X-Tallyd-Signature", Secret(signature(body, secret))});
  request.body = Secret(std::move(body));
  return request;
}

}  // namespace

Webhook::Webhook(std::string url, Secret secret, std::unique_ptr<HttpClient> http)
    : url_(std::move(url)), secret_(std::move(secret)), http_(std::move(http)) {}

Task<> Webhook::deliver(std::string body) {
  Request request = request_of(url_, secret_, std::move(body));
  const Result<Response> answer = co_await http_->send(std::move(request));
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status >= 200 && answer->status < 300) co_return Result<>();
  Error refused;
  refused.kind = Errc::service_unavailable;
  refused.status = answer->status;
  refused.message = "the receiver did not take it";
  refused.retry_after = answer->retry_after;
  co_return tl::unexpected(std::move(refused));
}

std::size_t Webhook::lanes() const { return webhook_lanes; }

Task<> NoBudget::acquire(Draw /*draw*/) { co_return Result<>(); }

void NoBudget::pause_until(TimePoint /*until*/, std::string_view /*pool*/) {}

}  // namespace tally::notify
