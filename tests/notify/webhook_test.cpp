// Webhooks: real connections to a receiver on loopback.
#include "notify/webhook.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "notify/body.hpp"
#include "tests/fakes/hook_server.hpp"
#include "tests/fakes/manual_clock.hpp"

namespace tally::webhook_test {
namespace asio = boost::asio;
using namespace tally::notify;
using namespace std::chrono_literals;

namespace {

struct HookWorld {
  asio::io_context context;
  fakes::ManualClock clock{context};
  Rng rng{1};
  NoBudget budget;
  TlsContexts tls;

  Webhook webhook(const std::string& url, const std::string& key = "") {
    return {url, Secret(key),
            make_http_client(
                {tls.get(""), budget, clock, rng, context.get_executor(), std::make_shared<BodiesInFlight>()})};
  }
  Result<> deliver(Webhook& webhook, const std::string& body) {
    start(webhook, body);
    while (!outcome) clock.run_ready();
    return *outcome;
  }
  void start(Webhook& webhook, const std::string& body) {
    outcome.reset();
    asio::co_spawn(context, webhook.deliver(body),
                   [this](const std::exception_ptr&, Result<> result) { outcome = std::move(result); });
  }
  std::optional<Result<>> outcome;
};

}  // namespace

TEST_CASE("a webhook is one POST of the document, signed when there is a key", "[notify]") {
  HookWorld world;
  fakes::HookServer server;
  Webhook signs = world.webhook(server.url("/hook?team=ml"), "key");
  REQUIRE(world.deliver(signs, "{\"a\":1}"));
  Webhook signs_not = world.webhook(server.url());
  REQUIRE(world.deliver(signs_not, "{}"));
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].head.starts_with("POST /hook?team=ml HTTP/1.1\r\n"));
  CHECK(requests[0].head.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(requests[0].head.find("X-Tallyd-Signature: " + signature("{\"a\":1}", Secret(std::string("key"))) + "\r\n") !=
        std::string::npos);
  CHECK(requests[0].body == "{\"a\":1}");
  CHECK(requests[1].head.find("X-Tallyd-Signature") == std::string::npos);
}

TEST_CASE("what a receiver does not take is a failure that says so, asked once, followed nowhere", "[notify]") {
  HookWorld world;
  fakes::HookServer server({"500 Broken", "302 Elsewhere", "410 Gone", "429 Slower\r\nRetry-After: 7", "299 Odd"});
  Webhook webhook = world.webhook(server.url());
  const Result<> broken = world.deliver(webhook, "{}");
  CHECK(broken.error().status == 500);
  CHECK_FALSE(broken.error().message.empty());
  CHECK_FALSE(world.deliver(webhook, "{}"));
  CHECK(world.deliver(webhook, "{}").error().status == 410);
  CHECK(world.deliver(webhook, "{}").error().retry_after == 7s);
  CHECK(world.deliver(webhook, "{}"));
  CHECK(server.requests().size() == 5);
}

TEST_CASE("a receiver that never answers is a failure after half a minute", "[notify]") {
  HookWorld world;
  fakes::HookServer server({""});
  Webhook webhook = world.webhook(server.url());
  world.start(webhook, "{}");
  while (server.requests().empty()) world.clock.run_ready();
  world.clock.advance(29s);
  CHECK_FALSE(world.outcome);
  world.clock.advance(2s);
  while (!world.outcome) world.clock.run_ready();
  CHECK_FALSE(*world.outcome);
}

TEST_CASE("nobody listening is a failure", "[notify]") {
  HookWorld world;
  std::string url;
  {
    url = fakes::HookServer().url();
  }
  Webhook webhook = world.webhook(url);
  world.start(webhook, "{}");
  while (!world.outcome) world.clock.advance(1s);  // it is tried again for a while: nothing was sent
  CHECK_FALSE(*world.outcome);
}

}  // namespace tally::webhook_test
