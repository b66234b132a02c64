// The HTTP client against real loopback servers that misbehave.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "cloud/limits.hpp"
#include "runtime/tasks.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

namespace tally::http_client_test {
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
  CHECK(answer.error().certainty == Certainty::nothing_happened);
  CHECK(answer.error().message.find("canary") == std::string::npos);
  CHECK(server.connections() == 3);  // tried three times
}

TEST_CASE("a call that is not safe to repeat is sent once", "[net]") {
  PlainServer server({{std::string()}, {std::string()}});
  World world;
  Request request;
  request.method = Method::post;
  request.url = server.url("/launch");
  request.body = Secret(std::string("{}"));
  const auto answer = world.send(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().certainty == Certainty::unknown);
  CHECK(server.connections() == 1);
}

TEST_CASE("what may be repeated is what the request says, else what its method means", "[net]") {
  const auto sent = [](Method method, std::optional<Repeat> repeat) {
    PlainServer server({{std::string()}, {ok("done")}});
    World world;
    Request request;
    request.method = method;
    request.repeat = repeat;
    request.url = server.url("/");
    const auto answer = world.send(request);
    if (!answer) CHECK(answer.error().certainty == Certainty::unknown);
    return server.connections();
  };
  CHECK(sent(Method::put, std::nullopt) == 2);
  CHECK(sent(Method::delete_, std::nullopt) == 2);
  CHECK(sent(Method::patch, std::nullopt) == 1);
  CHECK(sent(Method::post, Repeat::idempotent) == 2);
  CHECK(sent(Method::put, Repeat::never) == 1);
}

TEST_CASE("what an earlier attempt may have done is never denied by a later one", "[net]") {
  const std::string refusal = "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n";
  const std::string lost;
  const std::string gateway = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
  const std::string first = GENERATE_COPY(lost, gateway);
  World world;
  Request request;
  request.method = Method::put;
  {
    PlainServer server({{first}, {refusal}});
    request.url = server.url("/tags");
    const auto answer = world.send(request);
    REQUIRE(answer);
    CHECK(answer->status == 409);
    CHECK(answer->may_be_done);
  }
  PlainServer server({{refusal}});
  request.url = server.url("/tags");
  CHECK_FALSE(world.send(request)->may_be_done);
}

TEST_CASE("a vendor's own word is given at once, whatever its status", "[net]") {
  const std::string full = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nfull";
  PlainServer server({{full}, {ok("made")}});
  World world;
  Request request;
  request.method = Method::post;
  request.repeat = Repeat::idempotent;
  request.is_word = [](const Response& answer) { return answer.body == "full"; };
  request.url = server.url("/launch");
  const auto answer = world.send(request);
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK_FALSE(answer->may_be_done);
  CHECK(server.connections() == 1);
}

TEST_CASE("what was certainly never sent is tried again, and said to have done nothing", "[net]") {
  const Certificates certificates;
  World world(certificates.ca_file());
  Request request;
  request.method = Method::post;
  {
    TlsServer server(certificates, "wrong-host", {{}, {}, {}});
    request.url = server.url("/launch");
    const auto refused = world.send(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().certainty == Certainty::nothing_happened);
    CHECK(server.connections() == 3);
  }
  const auto nobody = world.send(request);  // nothing listens there any more
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().certainty == Certainty::nothing_happened);
  request.url = "ftp://127.0.0.1/";
  CHECK(world.send(request).error().certainty == Certainty::nothing_happened);
}

TEST_CASE("an answer's headers are found in any case, each of them", "[net]") {
  PlainServer server({{ok("x", "X-Next-Page: 2\r\nLink: <a>\r\nlink: <b>\r\n")}});
  World world;
  const auto answer = world.get(server.url("/"));
  REQUIRE(answer);
  CHECK(answer->headers.find("x-next-PAGE") == "2");
  CHECK_FALSE(answer->headers.find("X-Next"));
  CHECK(answer->headers.all("LINK") == std::vector<std::string_view>{"<a>", "<b>"});
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

namespace {

asio::awaitable<void> acquire_once(Budget* budget, std::string pool, bool* is_through) {
  Draw draw;
  draw.priority = Priority::lifecycle;
  draw.lane = "test";
  draw.pool = pool;
  co_await budget->acquire(draw);
  *is_through = true;
}

/// Whether nobody of the tenant may send now, from that pool.
bool is_paused(World& world, const std::string& pool = "") {
  bool is_through = false;
  Tasks tasks(world.context.get_executor(), nullptr);
  tasks.spawn("acquire", acquire_once(&world.budget, pool, &is_through));
  world.context.restart();
  world.context.poll();
  tasks.cancel();
  world.context.restart();
  world.context.run();
  return !is_through;
}

std::string limited(const std::string& headers) {
  return "HTTP/1.1 429 Slow\r\n" + headers + "Content-Length: 0\r\n\r\n";
}

}  // namespace

TEST_CASE("a 429 is given at once, with its Retry-After, and pauses the tenant", "[net]") {
  PlainServer server({{limited("Retry-After: 7\r\n"), ok("again")}});
  World world;
  const auto answer = world.get(server.url("/"));
  CHECK(answer->status == 429);
  CHECK(answer->retry_after == 7s);
  CHECK(is_paused(world));
}

TEST_CASE("after a 429 there is always a pause, whatever it says", "[net]") {
  const std::string header = GENERATE("", "Retry-After: 0\r\n", "Retry-After: -3\r\n", "Retry-After: soon\r\n",
                                      "Retry-After: Tue, 24 Nov 1998 12:00:00 GMT\r\n", "Retry-After:\r\n");
  PlainServer server({{limited(header)}});
  World world;
  CHECK(world.get(server.url("/"))->status == 429);
  CHECK(is_paused(world));
}

TEST_CASE("a 503 that names a wait pauses the tenant, too", "[net]") {
  const std::string busy = "HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
  PlainServer server({{busy}});
  World world;
  CHECK(world.get(server.url("/"), 59s)->retry_after == 60s);  // longer than there is: it is not tried again
  CHECK(is_paused(world));
}

TEST_CASE("each attempt is told, with what it came to", "[net]") {
  PlainServer server({{"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", limited("")}});
  World world;
  std::vector<HttpAttempt> told;
  HttpContext context{world.tls.get(""), world.budget, world.clock, world.rng, world.context.get_executor(),
                      world.bodies};
  context.on_attempt = [&told](const HttpAttempt& made) { told.push_back(made); };
  world.client = make_http_client(std::move(context));
  CHECK(world.get(server.url("/"))->status == 429);
  CHECK_FALSE(world.get("http://127.0.0.1:1/", 100ms));
  REQUIRE(told.size() >= 3);
  CHECK(told[0].status == 502);
  CHECK_FALSE(told[0].is_throttled);
  CHECK(told[1].status == 429);
  CHECK(told[1].is_throttled);
  CHECK(told.back().status == 0);
}

TEST_CASE("an attempt tells the server's date, unless a cache has kept the answer", "[net]") {
  const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  const auto dated = [](const std::string& headers) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: 0\r\n\r\n";
  };
  PlainServer server({{dated(date), dated(date + "Age: 7\r\n"), dated("Date: yesterday\r\n")}});
  World world;
  std::vector<HttpAttempt> told;
  HttpContext context{world.tls.get(""), world.budget, world.clock, world.rng, world.context.get_executor(),
                      world.bodies};
  context.on_attempt = [&told](const HttpAttempt& made) { told.push_back(made); };
  world.client = make_http_client(std::move(context));
  for (int call = 0; call < 3; ++call) CHECK(world.get(server.url("/")));
  REQUIRE(told.size() == 3);
  CHECK(told[0].date == Timestamp(std::chrono::seconds(784'111'777)));
  CHECK_FALSE(told[1].date);
  CHECK_FALSE(told[2].date);
}

TEST_CASE("a 429 to what the vendor limits by itself pauses only that", "[net]") {
  PlainServer server({{limited("Retry-After: 60\r\n")}});
  World world;
  Request request;
  request.url = server.url("/");
  request.pool = "named/us-east-1";
  CHECK(world.send(request)->status == 429);
  CHECK(is_paused(world, "named/us-east-1"));
  CHECK_FALSE(is_paused(world, "named/us-west-2"));
  CHECK_FALSE(is_paused(world));
}

TEST_CASE("a lifecycle call that a sync's pause would keep past its deadline fails at once", "[net]") {
  World world;
  world.budget.pause_until(world.clock.now() + 1h);
  Request request;
  request.method = Method::post;
  request.url = "http://127.0.0.1:1/launch";
  request.priority = Priority::lifecycle;
  request.timeout = 10s;
  const auto answer = world.send(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::rate_limited);
  CHECK(answer.error().certainty == Certainty::nothing_happened);
  REQUIRE(answer.error().retry_after);
  CHECK(*answer.error().retry_after > 59min);
}

TEST_CASE("a date to wait for is seen by the clock of the server that names it", "[net]") {
  PlainServer server(
      {{limited("Date: Tue, 24 Nov 1998 12:00:00 GMT\r\nRetry-After: Tue, 24 Nov 1998 12:00:30 GMT\r\n")}});
  World world;
  CHECK(world.get(server.url("/"))->retry_after == 30s);
}

TEST_CASE("of several waits the longest counts, and a 429 without any may name its limit's reset", "[net]") {
  PlainServer server({{limited("Retry-After: 5\r\nRetry-After: 40\r\n")}});
  World world;
  CHECK(world.get(server.url("/"))->retry_after == 40s);
  PlainServer other({{limited("X-RateLimit-Reset: 20\r\n")}});
  World second;
  CHECK(second.get(other.url("/"))->retry_after == 20s);
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

TEST_CASE("what is no body has its bound, too", "[net]") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string megabyte(1 << 20, 'e');
  std::string many_extensions = chunked;
  for (int i = 0; i < 40; ++i) many_extensions += "1;" + std::string(20'000, 'e') + "\r\nx\r\n";
  std::string interim;
  for (int i = 0; i < 1000; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  const auto reply =
      GENERATE_COPY(chunked + "1;" + megabyte, many_extensions + "0\r\n\r\n",
                    chunked + "2\r\n{}\r\n0\r\nX-T: " + megabyte, "HTTP/1.1 200 OK\r\nX: " + megabyte, interim);
  PlainServer server({{reply}, {reply}, {reply}});
  World world;
  const auto answer = world.get(server.url("/"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  INFO(answer.error().message);
  CHECK(answer.error().message.find("in time") == std::string::npos);
}

TEST_CASE("chunk extensions and trailers of a usual size are passed over", "[net]") {
  PlainServer server({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: t\r\n\r\n"}});
  World world;
  CHECK(world.get(server.url("/"))->body == "hello");
}

TEST_CASE("of an error's body the beginning is read, and its status counts", "[net]") {
  const std::string page(200'000, 'x');
  const auto reply =
      GENERATE_COPY("HTTP/1.1 404 Not Found\r\nContent-Length: 200000\r\n\r\n" + page,
                    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + page + "\r\n0\r\n\r\n",
                    "HTTP/1.1 404 Not Found\r\n\r\n" + page);
  PlainServer server({{reply}, {ok("next")}});
  World world;
  const auto answer = world.get(server.url("/"));
  REQUIRE(answer);
  CHECK(answer->status == 404);
  CHECK(answer->body == page.substr(0, limits::error_body));
  CHECK(world.get(server.url("/"))->body == "next");
  CHECK(server.connections() == 2);
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

TEST_CASE("a handshake that is never answered runs into the deadline, and nothing was sent", "[net]") {
  SilentServer server;
  World world;
  Request request;
  request.method = Method::post;
  request.url = "https" + server.url("/").substr(4);
  std::string words;  // of another part of the way where all is slow and the time is too short for this one
  for (request.timeout = 100ms; words.find("TLS:") == std::string::npos && request.timeout < longest_wait;
       request.timeout *= 10) {
    const auto answer = world.send(request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().certainty == Certainty::nothing_happened);
    words = answer.error().message;
  }
  CHECK_THAT(words, Catch::Contains("TLS: no answer in time"));
}

TEST_CASE("deadlines go by the clock that the client was given", "[net]") {
  SilentServer server;
  asio::io_context context;
  ManualClock clock(context);
  Rng rng(1);
  TenantBudget budget(clock, {"", 1000, 1000});
  TlsContexts tls;
  const auto client =
      make_http_client({tls.get(""), budget, clock, rng, context.get_executor(), std::make_shared<BodiesInFlight>()});
  Request request;
  request.method = Method::post;
  request.url = server.url("/");
  request.timeout = 1h;
  std::optional<Result<Response>> result;
  asio::co_spawn(context, keep_result(client->send(request), result), asio::detached);
  clock.advance(59min);
  CHECK_FALSE(result);
  clock.advance(2min);
  REQUIRE(result);
  CHECK_THAT(result->error().message, Catch::Contains("no answer in time"));
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
  const auto words_of = [&](const std::string& certificate) {
    const auto answer = answer_of(certificate);
    REQUIRE_FALSE(answer);
    CHECK_THAT(answer.error().message, Catch::Contains("TLS: the server's certificate is not trusted"));
    return answer.error().message;
  };
  CHECK_THAT(words_of("wrong-host"), Catch::Contains("it is for elsewhere.example, not for 127.0.0.1"));
  CHECK_THAT(words_of("expired"), Catch::Contains("it expired at 20") && Catch::Contains("this machine's clock"));
  CHECK_THAT(words_of("not-yet"), Catch::Contains("it is not valid before 2098-01-01T00:00:00"));
  CHECK_THAT(words_of("self-signed"), Catch::Contains("set ca_file"));
  World stranger;  // trusts the system's authorities only
  TlsServer server(certificates, "good", {{ok("secret")}});
  CHECK_THAT(stranger.get(server.url("/")).error().message, Catch::Contains("set ca_file"));
}

TEST_CASE("a server that answers, but not in TLS, is told", "[net]") {
  const std::string reply = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  GreetingServer server({{reply}, {reply}, {reply}});
  World world;
  const auto answer = world.get("https://" + server.address() + "/");
  REQUIRE_FALSE(answer);
  CHECK_THAT(answer.error().message, Catch::Contains("TLS: the server answers, but not in TLS"));
}

TEST_CASE("authorities that change on disk are read again, without a restart", "[net]") {
  const Certificates certificates;
  const TemporaryDirectory directory;
  const std::filesystem::path trusted = directory / "ca.pem";
  std::filesystem::copy_file(certificates.file("self-signed.pem"), trusted);
  TlsServer server(certificates, "good", {{}, {}, {}, {ok("1")}, {ok("2")}});
  World world(trusted.string());
  CHECK_FALSE(world.get(server.url("/")));
  std::filesystem::copy_file(certificates.ca_file(), directory / "next.pem");
  std::filesystem::rename(directory / "next.pem", trusted);
  CHECK(world.get(server.url("/"))->body == "1");
  std::filesystem::remove(trusted);  // in the middle of the next change
  CHECK(world.get(server.url("/"))->body == "2");
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

TEST_CASE("a call that changes something never goes out on a kept connection", "[net]") {
  const Repeat repeat = GENERATE(Repeat::idempotent, Repeat::never);
  PlainServer server({{ok("1")}, {ok("launched")}});
  World world;
  CHECK(world.get(server.url("/"))->body == "1");
  server.await_connection_closed();
  Request request;
  request.method = Method::post;
  request.repeat = repeat;
  request.url = server.url("/launch");
  CHECK(world.send(request)->body == "launched");
  CHECK(server.connections() == 2);
}

}  // namespace tally::http_client_test
