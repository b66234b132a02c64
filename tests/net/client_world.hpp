// An HTTP client with all it needs, run on the test's thread.
#pragma once

#include <boost/asio/io_context.hpp>

#include "net/http_client.hpp"
#include "runtime/system_clock.hpp"
#include "tests/fakes/await.hpp"
#include "tests/fakes/run_task.hpp"

namespace tally::fakes {

struct World {
  boost::asio::io_context context;
  SystemClock clock;
  Rng rng{1};
  TenantBudget budget{clock, {"", 1000, 1000}, {{"named", 1000, 1000}}};
  TlsContexts tls;
  std::shared_ptr<BodiesInFlight> bodies = std::make_shared<BodiesInFlight>();
  std::unique_ptr<HttpClient> client;

  explicit World(const std::string& ca_file = "") : client(make_client(context.get_executor(), ca_file)) {}

  std::unique_ptr<HttpClient> make_client(boost::asio::any_io_executor workers, const std::string& ca_file = "") {
    return make_http_client({tls.get(ca_file), budget, clock, rng, std::move(workers), bodies});
  }

  Result<Response> send(Request request) { return run_task(context, client->send(std::move(request))); }
  Result<Response> get(const std::string& url, std::chrono::milliseconds timeout = longest_wait) {
    Request request;
    request.url = url;
    request.timeout = timeout;
    request.headers.push_back({"Authorization", Secret("Bearer canary-4711")});
    return send(std::move(request));
  }
};

inline std::string ok(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace tally::fakes
