// An HttpClient whose servers are a map: each URL path has the replies that the test put there; calls are recorded.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/authorizer.hpp"
#include "net/http.hpp"

namespace tally::fakes {

class FakeHttp final : public HttpClient {
 public:
  struct Sent {
    std::string method;
    std::string url;
    std::string authorization;
    std::string body;
  };

  /// The reply of every request whose URL ends with `path`, from now on.
  void reply(const std::string& path, int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    replies_[path] = std::move(response);
  }
  void fail(const std::string& path, Error error) { replies_[path] = tl::unexpected(std::move(error)); }

  /// What every request that is no GET is answered with, whatever its path, from now on.
  void answer_changes(Result<Response> answer) { changes_ = std::move(answer); }

  Task<Response> send(Request request) override {
    Sent call;
    call.method = request.method == Method::get ? "GET" : "other";
    call.url = request.url;
    call.body = request.body.reveal();
    std::vector<Header> headers = request.headers;
    if (request.authorizer != nullptr) {
      Result<OutgoingRequest> message = outgoing(request);
      if (!message) co_return tl::unexpected(message.error());
      auto vouched = co_await request.authorizer->authorize(std::make_shared<const OutgoingRequest>(*message));
      if (!vouched) co_return tl::unexpected(vouched.error());
      headers.insert(headers.end(), vouched->begin(), vouched->end());
    }
    for (const Header& header : headers) {
      if (header.name == "Authorization") call.authorization = header.value.reveal();
    }
    sent.push_back(call);
    if (changes_ && request.method != Method::get) co_return *changes_;
    for (const auto& [path, answer] : replies_) {
      if (request.url.ends_with(path)) co_return answer;
    }
    Response missing;
    missing.status = 404;
    co_return missing;
  }

  std::vector<Sent> sent;

 private:
  std::map<std::string, Result<Response>> replies_;
  std::optional<Result<Response>> changes_;
};

}  // namespace tally::fakes
