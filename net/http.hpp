// An HTTP client as its users see it: one request, one bounded answer. Runs on the loop thread. No Beast here: one
// .cpp file instantiates it (http_client.cpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/budget.hpp"
#include "cloud/result.hpp"
#include "cloud/secret.hpp"

namespace tally {

enum class Method { get, post, put, patch, delete_ };

struct Header {
  std::string name;
  Secret value;  // may be a credential: treated as a secret always
};

struct Request {
  Method method = Method::get;
  std::string url;  // absolute; https, or http to a loopback address
  std::vector<Header> headers;
  std::string body;
  std::string content_type;  // sent when not empty
  Priority priority = Priority::sync;
  std::string lane;  // of the budget: those in one lane share its turns; empty: the URL without its parameters
  std::size_t body_limit = std::size_t{256} << 20U;  // of the answer; more is an error
  std::chrono::milliseconds timeout{30'000};  // for the whole call: waiting for the budget excluded, retries included
};

struct Response {
  int status = 0;
  std::string body;
  std::string content_type;
  std::optional<std::chrono::milliseconds> retry_after;  // as a wait from now, at most limits::retry_after
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// The vendor's complete answer, whatever its status (redirects excepted: they are an error, never followed); of the
  /// body of an error the first limits::error_body bytes.
  /// Errors: service_unavailable when there was no complete answer within the timeout (connect, TLS, cut off, too
  /// large); invalid_request for a URL that may not be called. Safe calls (GET) are repeated after a transport failure
  /// or a 500, 502, 503, 504, with full jitter; others never. A 429 or Retry-After pauses the tenant's budget.
  virtual Task<Response> send(Request request) = 0;
};

}  // namespace tally
