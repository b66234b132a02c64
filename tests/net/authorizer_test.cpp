// Who vouches for requests, and when that is asked for.
#include "net/authorizer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>
#include <list>

#include "runtime/eventual.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

namespace tally::authorizer_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

const std::string refused = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
const std::string busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

/// Signs with the number of the attempt, and keeps what it signed.
class CountingSigner final : public Authorizer {
 public:
  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) override {
    signed_.push_back(*request);
    Header header{"Authorization", Secret("signature " + std::to_string(signed_.size()))};
    co_return std::vector<Header>(1, header);
  }
  std::vector<OutgoingRequest> signed_;
};

/// As OAuth has it: a token for all calls, fetched over the same client when there is none.
class TokenAuthorizer final : public Authorizer {
 public:
  TokenAuthorizer(World& world, std::string url) : world_(world), url_(std::move(url)) {}

  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> /*request*/) override {
    if (!token_) {
      token_ = std::make_shared<Eventual<std::string>>(world_.context.get_executor());
      boost::asio::co_spawn(world_.context, fetch(token_), boost::asio::detached);
    }
    const auto token = co_await Eventual<std::string>::wait(token_, world_.clock, world_.clock.now() + 5s);
    Header header{"Authorization", Secret("Bearer " + token.value_or(""))};
    co_return std::vector<Header>(1, header);
  }

  bool refresh_after_401(const std::vector<Header>& headers) override {
    if (!current_.empty() && headers.at(0).value.reveal() == "Bearer " + current_) {
      current_.clear();  // a refusal that comes while the next one is fetched is of the old one, too
      token_ = nullptr;
    }
    return true;
  }

  int fetched = 0;

 private:
  boost::asio::awaitable<void> fetch(std::shared_ptr<Eventual<std::string>> token) {
    ++fetched;
    Request request;
    request.method = Method::post;
    request.url = url_;
    request.body = Secret(std::string("client_secret=canary"));
    current_ = (co_await world_.client->send(request)).value().body;
    token->set(current_);
  }

  World& world_;
  std::string url_;
  std::string current_;
  std::shared_ptr<Eventual<std::string>> token_;
};

Request get(const std::string& url, Authorizer& authorizer) {
  Request request;
  request.url = url;
  request.authorizer = &authorizer;
  return request;
}

std::string line_of(const std::string& request, const std::string& name) {
  const std::size_t begin = request.find("\r\n" + name + ": ") + 2;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("a key in a header goes with every request", "[net]") {
  PlainServer server({{ok("1"), ok("2")}});
  World world;
  HeaderAuthorizer key({"X-API-KEY", Secret(std::string("canary"))});
  for (int i = 0; i < 2; ++i) CHECK(world.send(get(server.url("/"), key)));
  for (const std::string& request : server.requests()) CHECK(line_of(request, "X-API-KEY") == "X-API-KEY: canary");
}

TEST_CASE("every attempt is authorized by itself, for exactly what is sent", "[net]") {
  PlainServer server({{busy}, {ok("fine")}});
  World world;
  CountingSigner signer;
  Request request = get(server.url("/launch?x=1"), signer);
  request.method = Method::put;
  request.body = Secret(std::string("{\"a\":1}"));
  request.content_type = "application/json";
  request.headers.push_back({"X-Date", Secret(std::string("today"))});
  REQUIRE(world.send(request));
  REQUIRE(signer.signed_.size() == 2);
  const OutgoingRequest& asked = signer.signed_.front();
  CHECK(asked.method == "PUT");
  CHECK(asked.url.target == "/launch?x=1");
  CHECK(asked.body.reveal() == "{\"a\":1}");
  const std::vector<std::string> sent = server.requests();
  for (const Header& header : asked.headers) {
    const std::string line = header.name + ": " + std::string(header.value.reveal());
    CHECK(line_of(sent.at(0), header.name) == line);
  }
  CHECK(line_of(sent.at(0), "Authorization") == "Authorization: signature 1");
  CHECK(line_of(sent.at(1), "Authorization") == "Authorization: signature 2");
}

TEST_CASE("a 401 that nobody can mend is the answer", "[net]") {
  PlainServer server({{refused, ok("never asked")}});
  World world;
  HeaderAuthorizer key({"Authorization", Secret(std::string("canary"))});
  CHECK(world.send(get(server.url("/"), key))->status == 401);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a 401 costs one new token and one more attempt, and a second one is the answer", "[net]") {
  PlainServer tokens({{ok("old")}, {ok("new")}, {ok("newer")}});
  World world;
  TokenAuthorizer authorizer(world, tokens.url("/token"));
  PlainServer server({{refused, ok("fine"), refused, refused}});
  CHECK(world.send(get(server.url("/"), authorizer))->status == 200);
  CHECK(line_of(server.requests().at(1), "Authorization") == "Authorization: Bearer new");
  CHECK(world.send(get(server.url("/"), authorizer))->status == 401);
  CHECK(server.requests().size() == 4);
  CHECK(authorizer.fetched == 3);
}

TEST_CASE("twenty calls that need a token at once cause one to be fetched", "[net]") {
  PlainServer tokens({{ok("old")}, {ok("new")}});
  const std::string close = "Connection: close\r\n";
  Connections script(1, {ok("first", close)});
  script.insert(script.end(), 20, {"HTTP/1.1 401 No\r\n" + close + "Content-Length: 0\r\n\r\n"});
  script.insert(script.end(), 20, {ok("again", close)});
  PlainServer server(script);
  World world;
  TokenAuthorizer authorizer(world, tokens.url("/token"));
  const Request request = get(server.url("/"), authorizer);
  REQUIRE(world.send(request));
  CHECK(authorizer.fetched == 1);
  std::list<std::optional<Result<Response>>> answers(20);
  for (auto& answer : answers) {
    boost::asio::co_spawn(world.context, keep_result(world.client->send(request), answer), boost::asio::detached);
  }
  world.context.restart();
  world.context.run();
  for (const auto& answer : answers) {
    REQUIRE(answer);
    CHECK((*answer)->status == 200);
  }
  CHECK(authorizer.fetched == 2);
}

TEST_CASE("what cannot be authorized is not sent", "[net]") {
  class Broken final : public Authorizer {
    Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> /*request*/) override {
      Error error;
      error.kind = Errc::auth;
      error.message = "no token";
      co_return tl::unexpected(error);
    }
  };
  World world;
  Broken broken;
  const auto answer = world.send(get("http://127.0.0.1:1/", broken));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().message == "no token");
  CHECK(answer.error().certainty == Certainty::nothing_happened);
}

}  // namespace tally::authorizer_test
