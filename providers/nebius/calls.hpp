// Asks Nebius for one credential: messages in and out, all pages of a list. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/json_rows.hpp"
#include "providers/nebius/dialect.hpp"
#include "providers/nebius/services.hpp"
#include "providers/nebius/tokens.hpp"
#include "providers/rest/client.hpp"

namespace tally::nebius {

/// The pages of a list, each as its bytes.
using Pages = std::vector<std::string>;

/// The message that asks for the page of that token; "" is the first.
using PageRequest = std::function<std::string(const std::string& page_token)>;

class Calls {
 public:
  /// The context outlives it.
  explicit Calls(const AccountContext& context)
      : context_(context), client_(context, "", dialect(), std::make_unique<ServiceAccountAuthorizer>(context)) {}

  /// A call that only reads, answered with a message of that kind.
  template <class Reply, class Message>
  Task<Reply> get(Operation operation, GrpcMethod method, Message message) {
    Request request = grpc_call(url_of(method), message.SerializeAsString(), Repeat::safe);
    co_return co_await ask<Reply>(operation, std::move(request));
  }

  /// Any call, answered with a message of that kind.
  template <class Reply>
  Task<Reply> ask(Operation operation, Request request) {
    const auto read = [](const std::string& body, WorkLimit) -> Result<Reply> {
      Reply reply;
      if (!reply.ParseFromString(body)) return tl::unexpected(json::bad_reply("the answer is not the API's message"));
      return reply;
    };
    Result<Reply> reply = co_await client_.ask(operation, std::move(request), read);
    if (!reply) note_limit(reply.error());
    co_return reply;
  }

  /// All pages, one after the other. Error: a page that was there already, or more of them than anybody has. `lane`: of
  /// the budget; lists of different places do not wait for one another.
  Task<Pages> list(Operation operation, GrpcMethod method, PageRequest request, std::string lane);

  [[nodiscard]] std::string url_of(GrpcMethod method) const {
    return nebius::url_of(context_.credential.endpoint, method.service, method.path);
  }
  RestClient& client() { return client_; }

 private:
  /// Too many requests, said in the details of an answer: nobody of the tenant asks for a moment.
  void note_limit(const Error& error) const;

  const AccountContext& context_;
  RestClient client_;
};

/// Rows of a page that are asked for; the vendor may give fewer.
inline constexpr int page_size = 1000;

/// A PageRequest of messages with parent_id, page_size and page_token, which nearly all lists have.
template <class Message>
PageRequest pages_of(std::string parent) {
  return [parent = std::move(parent)](const std::string& page_token) {
    Message message;
    message.set_parent_id(parent);
    message.set_page_size(page_size);
    message.set_page_token(page_token);
    return message.SerializeAsString();
  };
}

}  // namespace tally::nebius
