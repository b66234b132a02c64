// Asks a vendor's REST API for one credential: what it answers is read on a worker, and every error says what was being
// done, where, and how sure it is. Loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "net/authorizer.hpp"
#include "net/http.hpp"
#include "providers/provider.hpp"
#include "providers/rest/dialect.hpp"
#include "providers/rest/page_walk.hpp"
#include "runtime/run_on.hpp"

namespace tally {

/// A GET of what is there, below the endpoint.
Request get(std::string path);

/// A call that changes something, below the endpoint, before all polls. `json`: the body; "" none. `repeat`: what a
/// second one would do where the first one's answer was lost (idempotent: it sets a value, removes something, or the
/// vendor knows the call again by a token).
Request change(Method method, std::string path, Repeat repeat, std::string json = "");

/// "Authorization: Bearer KEY" with every request; some vendors have another word for the scheme.
std::unique_ptr<Authorizer> authorization(const Secret& key, std::string_view scheme = "Bearer");

class RestClient {
 public:
  /// `endpoint`: what all paths are below; a vendor of one API a region has one client a region. The authorizer vouches
  /// for every request. The context outlives the client.
  RestClient(const AccountContext& context, std::string endpoint, Dialect dialect,
             std::unique_ptr<Authorizer> authorizer)
      : context_(context), endpoint_(std::move(endpoint)), dialect_(dialect), authorizer_(std::move(authorizer)) {}

  /// The answer to a request whose URL is a path below the endpoint, when it is one: any 2xx that is no refusal.
  Task<Response> send(Operation operation, Request request);

  /// As send(), where the answer says no more than that it was done.
  Task<> perform(Operation operation, Request request);

  /// The error of what is not even asked.
  [[nodiscard]] Error refusal(Operation operation, Errc kind, std::string message) const;

  /// Sends, and reads the answer: `read(std::string body, WorkLimit)` answers a Result, on a worker.
  template <class Read, class Outcome = std::invoke_result_t<Read&, std::string, WorkLimit>>
  boost::asio::awaitable<Outcome> ask(Operation operation, Request request, Read read) {
    const bool only_reads = repeat_of(request) == Repeat::safe;
    Result<Response> answer = co_await send(operation, std::move(request));
    if (!answer) co_return tl::unexpected(answer.error());
    Outcome result = co_await run_on(context_.workers,
                                     [&] { return read(std::move(answer->body), WorkLimit(context_.longest_work)); });
    if (!result) co_return tl::unexpected(unread(dialect_, operation, only_reads, result.error()));
    co_return result;
  }

  /// Gets all pages of a list, one after the other, and reads them together: `next(const std::string& body)` answers
  /// the path of the page after it, as a Result of an optional, `read(std::vector<std::string> bodies, WorkLimit)` a
  /// Result; both on a worker. Error: a page that was there already, or more of them than anybody has (see PageWalk).
  template <class Next, class Read, class Outcome = std::invoke_result_t<Read&, std::vector<std::string>, WorkLimit>>
  boost::asio::awaitable<Outcome> ask_pages(Operation operation, std::string first, Next next, Read read) {
    PageWalk walk(first);
    std::vector<Response> pages;
    for (std::optional<std::string> path = std::move(first); path;) {
      Result<Response> answer = co_await send(operation, get(std::move(*path)));
      if (!answer) co_return tl::unexpected(answer.error());
      Result<std::optional<std::string>> following =
          co_await run_on(context_.workers, [&] { return next(std::as_const(answer->body)); });
      if (following) following = walk.go_on(std::move(*following), answer->body.size());
      if (!following) co_return tl::unexpected(unread(dialect_, operation, true, following.error()));
      pages.push_back(std::move(*answer));
      path = std::move(*following);
    }
    std::vector<std::string> bodies;
    for (Response& page : pages) bodies.push_back(std::move(page.body));
    Outcome result =
        co_await run_on(context_.workers, [&] { return read(std::move(bodies), WorkLimit(context_.longest_work)); });
    if (!result) co_return tl::unexpected(unread(dialect_, operation, true, result.error()));
    co_return result;
  }

 private:
  /// Goes easy on a vendor that says that little is left. A path without a pool of its own is asked too seldom to be
  /// held back.
  void heed_limits(const Response& answer, const std::string& pool);

  const AccountContext& context_;
  std::string endpoint_;
  Dialect dialect_;
  std::unique_ptr<Authorizer> authorizer_;
};

}  // namespace tally
