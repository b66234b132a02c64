// One connection to one origin: opened, used for one exchange after the other, closed when destroyed. The only unit
// that instantiates Beast over TLS is connection.cpp. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/url.hpp"

namespace tally {

/// Why there was no complete answer, in words that hold no secret.
struct WireFailure {
  std::string message;
  bool is_before_answer = false;  // not one byte of an answer had come
};

struct WireResponse {
  int status = 0;
  std::string body;
  std::string content_type;
  std::vector<std::string> retry_after;  // each Retry-After header; for a 429 without one, each X-RateLimit-Reset
  std::string date;                      // the server's clock: the Date header
  bool has_location = false;
};

/// One request on its way, shared by the coroutines that serve it.
struct Call {
  Request request;
  HttpUrl url;
  const Proxy* proxy = nullptr;  // to tunnel through; outlives the call
  std::chrono::steady_clock::time_point deadline;
};

class Connection {
 public:
  virtual ~Connection() = default;

  /// Sends and reads one complete answer; of the body of an error the first limits::error_body bytes. The connection is
  /// unusable after a failure or a cancellation.
  virtual boost::asio::awaitable<tl::expected<WireResponse, WireFailure>> exchange(
      std::shared_ptr<const Call> call) = 0;

  /// The server keeps it open for another exchange.
  [[nodiscard]] virtual bool is_reusable() const = 0;
};

/// Resolves, connects to whichever address of the name answers (or of the proxy, if there is one) and, for https,
/// shakes hands with peer and host name verified.
boost::asio::awaitable<tl::expected<std::unique_ptr<Connection>, WireFailure>> open_connection(
    std::shared_ptr<const Call> call, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace tally
