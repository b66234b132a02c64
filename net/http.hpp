// An HTTP client as its users see it: one request, one bounded answer. Runs on the loop thread. No Beast here: one
// .cpp file instantiates it (connection.cpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/budget.hpp"
#include "cloud/limits.hpp"
#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "net/headers.hpp"

namespace tally {

class Authorizer;
class BodyShare;
struct Response;

enum class Method { get, post, put, patch, delete_ };
std::string_view name_of(Method method);  // "GET"

/// What a second request would do where the first one's answer did not come.
enum class Repeat {
  safe,        // nothing: it only reads
  idempotent,  // the same as one
  never,       // more: it is sent again only when it was certainly never sent
};

struct Request {
  Method method = Method::get;
  std::string url;  // absolute; https, or http to a loopback address
  std::vector<Header> headers;
  Secret body;                   // may hold keys and scripts: treated as a secret always
  std::string content_type;      // sent when not empty
  std::optional<Repeat> repeat;  // unless given: GET is safe, PUT and DELETE are idempotent, others never repeated
  // Whether an answer is the vendor's word, which the same call would only hear again: one of those is given whatever
  // its status. None: a 500, 502, 503 or 504 is asked again. Called on the loop thread.
  std::function<bool(const Response&)> is_word = {};
  std::string
      imagined;  // the body of the answer that a dry run goes on with; empty: it ends here (providers/dry_run.hpp)
  Authorizer* authorizer = nullptr;  // none: the headers say it all; outlives the call
  Priority priority = Priority::sync;
  std::string lane;  // of the budget: those in one lane share its turns; empty: the URL without its parameters
  std::string pool;  // of the budget; a 429 pauses it, or all pools when this is empty
  std::size_t body_limit = limits::answer_body;  // of the answer; more is an error
  // For the whole call, retries included. Waiting for the budget is part of it for lifecycle calls only.
  std::chrono::milliseconds timeout{30'000};
};

/// What the request says of itself, else what its method means.
Repeat repeat_of(const Request& request);

struct Response {
  int status = 0;
  std::string body;
  Headers headers;
  std::optional<std::chrono::milliseconds> retry_after;  // as a wait from now, at most limits::retry_after
  bool may_be_done = false;  // by an earlier attempt of the call, which was not answered, or by a gateway only
  std::shared_ptr<const BodyShare> share;  // the body counts as in flight as long as this is held
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// The vendor's complete answer, whatever its status (redirects excepted: they are an error, never followed); of the
  /// body of an error the first limits::error_body bytes.
  /// Errors: service_unavailable when there was no complete answer within the timeout (connect, TLS, cut off, too
  /// large, no room for it); invalid_request for a URL that may not be called; rate_limited when the budget lets a
  /// lifecycle call begin too late only; the authorizer's. Each says how sure it is that nothing happened, of all
  /// attempts together. A call is repeated after a transport failure or a 500, 502, 503, 504, with full jitter, as its
  /// Repeat allows. A 429 or Retry-After pauses the tenant's budget, or the call's pool.
  virtual Task<Response> send(Request request) = 0;
};

}  // namespace tally
