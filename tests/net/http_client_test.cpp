// The HTTP client against real loopback servers that misbehave.
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "cloud/tasks.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_CASE("an answer of any status is the answer", "[net]") {
  PlainServer server({{ok("hello")}, {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"}});
  World world;
  const auto good = world.get(server.url("/a?b=c"));
  REQUIRE(good);
  CHECK(good->status == 200);
  CHECK(good->body == "hello");
  CHECK(world.get(server.url("/"))->status == 404);
  CHECK(server.requests().at(0).starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(server.requests().at(0).find("Authorization: Bearer canary-4711\r\n") != std::string::npos);
}

TEST_CASE("connections are kept alive", "[net]") {
  PlainServer server({{ok("1"), ok("2"), ok("3")}});
  World world;
  for (const char* body : {"1", "2", "3"}) CHECK(world.get(server.url("/"))->body == body);
  CHECK(server.connections() == 1);
}

TEST_CASE("an idle connection that died is replaced at once, for a call that may be repeated", "[net]") {
  PlainServer server({{ok("1")}, {ok("2")}});  // the first connection is closed after one answer
  World world;
  CHECK(world.get(server.url("/"))->body == "1");
  server.await_connection_closed();
  CHECK(world.get(server.url("/"))->body == "2");
  CHECK(server.connections() == 2);
}

TEST_CASE("an answer that is cut off is an error, never a short body", "[net]") {
  const auto reply =
      GENERATE(std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
               std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
               std::string("HTTP/1.1 200 OK\r\nContent-Le"), std::string("garbage\r\n\r\n"), std::string());
  PlainServer server({{reply}, {reply}, {reply}});
  World world;
  const auto answer = world.get(server.url("/"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK(answer.error().is_retry_safe);
  CHECK(answer.error().message.find("canary") == std::string::npos);
  CHECK(server.connections() == 3);  // tried three times
}

TEST_CASE("a call that is not safe to repeat is sent once", "[net]") {
  PlainServer server({{std::string()}, {std::string()}});
  World world;
  Request request;
  request.method = Method::post;
  request.url = server.url("/launch");
  request.body = "{}";
  const auto answer = world.send(request);
  REQUIRE_FALSE(answer);
  CHECK_FALSE(answer.error().is_retry_safe);
  CHECK(server.connections() == 1);
}

TEST_CASE("a transient status is tried again, and its last answer given", "[net]") {
  const std::string bad = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
  SECTION("until it works") {
    PlainServer server({{bad, bad, ok("fine")}});
    World world;
    CHECK(world.get(server.url("/"))->body == "fine");
  }
  SECTION("three times at most") {
    PlainServer server({{bad, bad, bad, ok("too late")}});
    World world;
    CHECK(world.get(server.url("/"))->status == 503);
  }
}

TEST_CASE("a 429 is given at once, with its Retry-After, and pauses the tenant", "[net]") {
  PlainServer server({{"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", ok("again")}});
  World world;
  const auto answer = world.get(server.url("/"));
  CHECK(answer->status == 429);
  CHECK(answer->retry_after == 7s);
  Tasks tasks(world.context.get_executor(), nullptr);
  bool is_through = false;
  const auto acquire = [](Budget* budget, bool* done) -> asio::awaitable<void> {
    co_await budget->acquire(Priority::lifecycle);
    *done = true;
  };
  tasks.spawn("acquire", acquire(&world.budget, &is_through));
  world.context.restart();
  world.context.run_for(50ms);
  CHECK_FALSE(is_through);
  tasks.cancel();
  world.context.run_for(50ms);
}

TEST_CASE("a redirect is an error and is not followed", "[net]") {
  PlainServer server({{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"}});
  World world;
  const auto answer = world.get(server.url("/"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().status == 302);
  CHECK(server.connections() == 1);
}

TEST_CASE("a body over the bound is an error", "[net]") {
  const std::string big(2000, 'x');
  const auto reply =
      GENERATE_COPY(ok(big), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + big + "\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'h') + "\r\n\r\n");
  PlainServer server({{reply}, {reply}, {reply}});
  World world;
  Request request;
  request.url = server.url("/");
  request.body_limit = 1000;
  const auto answer = world.send(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
}

TEST_CASE("informational answers are passed over", "[net]") {
  PlainServer server({{"HTTP/1.1 103 Early Hints\r\n\r\n" + ok("final")}});
  World world;
  CHECK(world.get(server.url("/"))->body == "final");
}

TEST_CASE("a server that accepts and says nothing runs into the deadline", "[net]") {
  SilentServer server;
  World world;
  const auto answer = world.get(server.url("/"), 100ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message.find("no answer in time") != std::string::npos);
}

TEST_CASE("a cancelled call ends at once and throws", "[net]") {
  SilentServer server;
  World world;
  std::optional<Result<Response>> result;
  bool has_failed = false;
  Tasks tasks(world.context.get_executor(), [&](const std::string&, const std::exception_ptr&) { has_failed = true; });
  Request request;
  request.url = server.url("/");
  tasks.spawn("get", keep_result(world.client->send(request), result));
  world.context.run_for(50ms);
  tasks.cancel();
  world.context.restart();
  world.context.run();
  CHECK_FALSE(result);
  CHECK_FALSE(has_failed);
}

TEST_CASE("what may not be called is refused before any connection", "[net]") {
  World world;
  for (const char* url : {"http://example.com/", "http://10.0.0.1/", "ftp://127.0.0.1/", "https://user:pw@127.0.0.1/",
                          "not a url", "https:///path", "https://127.0.0.1:99999999999/", "https://127.0.0.1:0/", ""}) {
    INFO(url);
    const auto answer = world.get(url);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == Errc::invalid_request);
  }
  Request request;
  request.url = "http://127.0.0.1:1/";
  request.headers.push_back({"Authorization", Secret("a\r\nHost: evil")});
  CHECK(world.send(request).error().kind == Errc::invalid_request);
}

TEST_CASE("a certificate is verified: authority, name and time", "[net]") {
  const Certificates certificates;
  World world(certificates.ca_file());
  const auto answer_of = [&](const std::string& certificate) {
    TlsServer server(certificates, certificate, {{ok("secret")}});
    return world.get(server.url("/"));
  };
  const auto good = answer_of("good");
  REQUIRE(good);
  CHECK(good->body == "secret");
  for (const char* name : {"expired", "wrong-host", "self-signed"}) {
    INFO(name);
    const auto answer = answer_of(name);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message.find("TLS: the server's certificate is not trusted") != std::string::npos);
    CHECK(answer.error().message.find("ca_file") != std::string::npos);
  }
  World stranger;  // trusts the system's authorities only
  TlsServer server(certificates, "good", {{ok("secret")}});
  CHECK_FALSE(stranger.get(server.url("/")));
}

TEST_CASE("a body that ends with a TLS connection cut off without notice is an error", "[net]") {
  const Certificates certificates;
  World world(certificates.ca_file());
  TlsServer server(certificates, "good",
                   {{"HTTP/1.1 200 OK\r\n\r\nhalf"}, {"HTTP/1.1 200 OK\r\n\r\nhalf"}, {"HTTP/1.1 200 OK\r\n\r\nhalf"}});
  CHECK_FALSE(world.get(server.url("/")));
}

TEST_CASE("polls over TLS share one connection, whatever they ask for", "[net]") {
  const Certificates certificates;
  TlsServer server(certificates, "good", {{ok("types"), ok("instances"), ok("types"), ok("instances")}});
  World world(certificates.ca_file());
  for (int poll = 0; poll < 2; ++poll) {
    CHECK(world.get(server.url("/instance-types"))->body == "types");
    CHECK(world.get(server.url("/instances"))->body == "instances");
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a kept TLS connection that the server has closed costs one new one, and no error", "[net]") {
  const Certificates certificates;
  TlsServer server(certificates, "good", {{ok("1")}, {ok("2"), ok("3")}});
  World world(certificates.ca_file());
  CHECK(world.get(server.url("/"))->body == "1");
  server.await_connection_closed();
  CHECK(world.get(server.url("/"))->body == "2");
  CHECK(world.get(server.url("/"))->body == "3");
  CHECK(server.connections() == 2);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("a call that is not safe to repeat never goes out on a kept connection", "[net]") {
  PlainServer server({{ok("1")}, {ok("launched")}});
  World world;
  CHECK(world.get(server.url("/"))->body == "1");
  server.await_connection_closed();
  Request request;
  request.method = Method::post;
  request.url = server.url("/launch");
  CHECK(world.send(request)->body == "launched");
  CHECK(server.connections() == 2);
}
