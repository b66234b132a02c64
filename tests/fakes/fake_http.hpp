// An HttpClient whose servers are a map: each URL path has the replies that the test put there; calls are recorded.
#pragma once

#include <deque>
#include <functional>
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
    std::string pool;                            // of the budget
    std::map<std::string, std::string> headers;  // all of them, as they were given
  };

  /// The reply of every request whose URL ends with `path`, from now on; with a method before it ("POST /instances"),
  /// of that method only, before what holds for all.
  void reply(const std::string& path, int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    replies_[path] = std::move(response);
  }
  void reply(const std::string& path, Response response) { replies_[path] = std::move(response); }
  void fail(const std::string& path, Error error) { replies_[path] = tl::unexpected(std::move(error)); }

  /// What the paths of replies are matched with: the URL. Another thing, for a vendor whose calls share one.
  std::function<std::string(const Sent& call)> address = [](const Sent& call) { return call.url; };

  /// Asked with every request before the replies: nothing, they answer.
  std::function<std::optional<Response>(const Sent& call)> script = {};

  /// Called with every request that is no GET, before it is answered.
  std::function<void(const Sent& call)> on_change = {};

  /// What every request that changes something is answered with, whatever its path, from now on.
  void answer_changes(Result<Response> answer) { changes_ = std::move(answer); }

  Task<Response> send(Request request) override {
    Sent call;
    call.method = name_of(request.method);
    call.url = request.url;
    call.body = request.body.reveal();
    call.pool = request.pool;
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
      call.headers[header.name] = header.value.reveal();
    }
    sent.push_back(call);
    if (request.method != Method::get && on_change) on_change(call);
    if (script) {
      if (std::optional<Response> given = script(call)) co_return std::move(*given);
    }
    if (changes_ && repeat_of(request) != Repeat::safe) co_return *changes_;
    const std::string called = address(call);
    const Result<Response>* general = nullptr;
    for (const auto& [key, answer] : replies_) {
      const std::size_t space = key.find(' ');
      const bool is_for_all = space == std::string::npos;
      if (!called.ends_with(is_for_all ? key : key.substr(space + 1))) continue;
      if (!is_for_all && key.substr(0, space) == call.method) co_return answer;
      if (is_for_all && general == nullptr) general = &answer;
    }
    if (general != nullptr) co_return *general;
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
