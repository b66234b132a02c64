// One connection to one origin: opened, used for one exchange after the other, closed when destroyed. The only unit
// that instantiates Beast over TLS is connection.cpp. Nothing here ends by itself: whoever calls cancels what is late.
// Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "net/encoded_body.hpp"
#include "net/headers.hpp"
#include "net/outgoing_request.hpp"
#include "net/proxy.hpp"

namespace tally {

/// Why there was no complete answer, in words that hold no secret.
struct WireFailure {
  std::string message;
  bool is_before_answer = false;  // not one byte of an answer had come
  bool is_lasting = false;        // the answer is at fault: another one would be, too
};

struct WireResponse {
  int status = 0;
  Headers headers;
  EncodedBody body;
};

/// How far an attempt has come, for when it is given up.
struct CallProgress {
  std::string at;        // "api.example: TLS"
  bool is_sent = false;  // a byte of the request may have reached the server
};

/// One attempt on its way, shared by the coroutines that serve it.
struct Call {
  OutgoingRequest request;
  const Proxy* proxy = nullptr;  // to tunnel through; outlives the call
  std::size_t body_limit = 0;
  std::shared_ptr<BodiesInFlight> bodies;
  std::shared_ptr<CallProgress> progress = std::make_shared<CallProgress>();
};

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;

  /// Sends and reads one complete answer; of the body of an error the first limits::error_body bytes. The connection is
  /// unusable after a failure or a cancellation.
  virtual boost::asio::awaitable<tl::expected<WireResponse, WireFailure>> exchange(
      std::shared_ptr<const Call> call) = 0;

  /// The server keeps it open for another exchange.
  [[nodiscard]] virtual bool is_reusable() const = 0;
};

/// Resolves, connects to whichever address of the name answers (or of the proxy, if there is one) and, for https,
/// shakes hands with peer and host name verified.
boost::asio::awaitable<tl::expected<std::unique_ptr<HttpConnection>, WireFailure>> open_connection(
    std::shared_ptr<const Call> call, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace tally
