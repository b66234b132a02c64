// The HttpClient in use: a keep-alive pool, the tenant's budget, retries. One per credential.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "cloud/budget.hpp"
#include "net/bodies_in_flight.hpp"
#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/tls.hpp"
#include "net/transport.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

/// One request as it went over the wire, or failed to.
struct HttpAttempt {
  Method method = Method::get;
  int status = 0;             // 0: no complete answer
  bool is_throttled = false;  // the vendor asked to be asked less
  std::chrono::nanoseconds took{0};
  std::optional<Timestamp> date;  // the vendor's clock, as the answer came
};

/// What a client works with. References outlive it.
struct HttpContext {
  std::shared_ptr<TlsTrust> trust;
  Budget& budget;
  Clock& clock;  // of deadlines, retries and pauses
  Rng& rng;
  boost::asio::any_io_executor workers;                     // bodies are inflated here
  std::shared_ptr<BodiesInFlight> bodies;                   // of all clients
  ProxyRules proxies = {};                                  // which calls go through a proxy
  std::function<void(const HttpAttempt&)> on_attempt = {};  // hears of each, repeated ones too
  std::shared_ptr<Transport> transport = {};                // nullptr: HTTP/1.1
};

std::unique_ptr<HttpClient> make_http_client(HttpContext context);

}  // namespace tally
