// The HttpClient in use: a keep-alive pool, the tenant's budget, retries. One per credential.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "cloud/budget.hpp"
#include "net/bodies_in_flight.hpp"
#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/tls.hpp"
#include "runtime/clock.hpp"
#include "runtime/rng.hpp"

namespace tally {

/// What a client works with. References outlive it.
struct HttpContext {
  std::shared_ptr<TlsTrust> trust;
  Budget& budget;
  Clock& clock;  // of deadlines, retries and pauses
  Rng& rng;
  boost::asio::any_io_executor workers;    // bodies are inflated here
  std::shared_ptr<BodiesInFlight> bodies;  // of all clients
  ProxyRules proxies = {};                 // which calls go through a proxy
};

std::unique_ptr<HttpClient> make_http_client(HttpContext context);

}  // namespace tally
