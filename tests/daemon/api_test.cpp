// The control API on a real Unix socket.
#include "daemon/api/api.hpp"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "cloud/system_clock.hpp"
#include "daemon/api/server.hpp"
#include "tests/store/catalog_world.hpp"

using namespace tally;
using namespace tally::store_tests;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// A catalog of 30 types and 3 instances behind a server on a thread of its own.
/// A daemon that has nothing to do.
class IdleControl final : public api::Control {
 public:
  asio::awaitable<std::vector<std::string>> reload() override {
    std::vector<std::string> problems = problems_;
    co_return problems;
  }
  asio::awaitable<std::optional<json::object>> check(CredentialRef credential) override {
    if (credential.str() != "cred") co_return std::nullopt;
    json::object document{{"credential", "cred"}};
    co_return document;
  }
  std::vector<std::string> problems_;
};

class Site {
 public:
  Site() {
    for (int i = 0; i < 30; ++i) {
      const InstanceType type = make_type("region-" + std::to_string(i % 3), "t" + std::to_string(i));
      world_.catalog.apply(cred, addition(type, now()), state(types_listing, now()));
    }
    for (int i = 0; i < 3; ++i) {
      Instance instance = full_instance();
      instance.cloud_id = CloudId("i/" + std::to_string(i) + " é");
      world_.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
    }
    api_.emplace(world_.file, writer_, clock_, control_);
    server_.emplace(context_, socket(), tasks_,
                    [this](api::Request request) { return api_->handle(std::move(request)); });
    tasks_.spawn("server", server_->run());
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Site() {
    asio::post(context_, [this] { tasks_.cancel(); });
    thread_.join();
  }
  [[nodiscard]] std::filesystem::path socket() const { return world_.directory / "run" / "tallyd.sock"; }
  World& world() { return world_; }
  IdleControl& control() { return control_; }

  /// Commits as the daemon does, so that streams look.
  void add_event(const std::string& kind) {
    ChangeSet changes;
    changes.at = now();
    changes.events.push_back({kind, "credential", "cred", {}, {}, {}, "x"});
    std::promise<void> done;
    asio::co_spawn(context_, writer_.commit(cred, std::move(changes)),
                   [&done](const std::exception_ptr&) { done.set_value(); });
    done.get_future().wait();
  }

 private:
  World world_;
  asio::io_context context_{1};
  SystemClock clock_;
  asio::thread_pool writer_thread_{1};
  CatalogWriter writer_{world_.catalog, writer_thread_.get_executor(), clock_};
  Tasks tasks_{context_.get_executor(), nullptr};
  IdleControl control_;
  std::optional<api::Api> api_;
  std::optional<api::Server> server_;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(const Site& site) : socket_(context_) {
    socket_.connect(asio::local::stream_protocol::endpoint(site.socket().string()));
  }
  void send(const std::string& text) {
    boost::system::error_code failure;
    asio::write(socket_, asio::buffer(text), failure);
  }
  /// Everything until the server closes.
  std::string read_all() {
    std::string text;
    boost::system::error_code failure;
    asio::read(socket_, asio::dynamic_buffer(text), failure);
    return text;
  }
  std::string read_until(const std::string& mark) {
    boost::system::error_code failure;
    char piece[4096];
    while (read_.find(mark) == std::string::npos) {
      const std::size_t size = socket_.read_some(asio::buffer(piece), failure);
      if (failure) break;
      read_.append(piece, size);
    }
    return read_;
  }
  void close() { socket_.close(); }

 private:
  asio::io_context context_;
  asio::local::stream_protocol::socket socket_;
  std::string read_;
};

struct Answer {
  int status = 0;
  std::string head;
  json::value body;
};

Answer get(const Site& site, const std::string& target, const std::string& method = "GET") {
  Client client(site);
  client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string text = client.read_all();
  Answer answer;
  answer.status = std::stoi(text.substr(9, 3));
  const std::size_t end = text.find("\r\n\r\n");
  answer.head = text.substr(0, end);
  const std::string body = text.substr(end + 4);
  if (!body.empty()) answer.body = json::parse(body);
  return answer;
}

}  // namespace

TEST_CASE("the control socket is for the owner and the group", "[daemon]") {
  const Site site;
  struct stat status{};
  REQUIRE(stat(site.socket().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0660);
}

TEST_CASE("pages hold every row once, in order, whatever their size", "[daemon]") {
  const Site site;
  const std::string limit = GENERATE("1", "7", "30", "1000");
  std::vector<std::string> ids;
  std::string after;
  do {
    const Answer page = get(site, "/v1/instance-types?limit=" + limit + (after.empty() ? "" : "&after=" + after));
    REQUIRE(page.status == 200);
    for (const json::value& item : page.body.at("items").as_array()) {
      ids.emplace_back(item.at("instance_type_id").as_string());
    }
    after = page.body.at("next").is_null() ? "" : page.body.at("next").as_string().c_str();
  } while (!after.empty());
  CHECK(ids.size() == 30);
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("filters of the API choose rows", "[daemon]") {
  const Site site;
  const auto count = [&site](const std::string& query) {
    return get(site, "/v1/offers?limit=1000&" + query).body.at("items").as_array().size();
  };
  CHECK(count("location=region-1") == 10);
  CHECK(count("location=nowhere") == 0);
  CHECK(count("location=region%2D1&min_vram=1&available=false") == 10);
  CHECK(count("max_price=0.001") == 0);
}

TEST_CASE("one instance is found by credential and ID, percent-encoded", "[daemon]") {
  const Site site;
  const Answer found = get(site, "/v1/instances/cred/i%2F1%20%C3%A9");
  CHECK(found.status == 200);
  CHECK(found.body.at("cloud_id").as_string() == "i/1 é");
  CHECK(get(site, "/v1/instances/cred/none").status == 404);
  CHECK(get(site, "/v1/instances/cred").status == 404);
}

TEST_CASE("what is wrong with a request is named in a problem document", "[daemon]") {
  const Site site;
  const auto [target, status, word] =
      GENERATE(table<std::string, int, std::string>({{"/v1/offers?foo=1", 400, "\"foo\""},
                                                     {"/v1/offers?limit=0", 400, "\"limit\""},
                                                     {"/v1/offers?limit=1001", 400, "\"limit\""},
                                                     {"/v1/offers?limit=ten", 400, "\"limit\""},
                                                     {"/v1/offers?limit=99999999999999999999", 400, "\"limit\""},
                                                     {"/v1/offers?count=1.5", 400, "\"count\""},
                                                     {"/v1/offers?max_price=cheap", 400, "\"max_price\""},
                                                     {"/v1/offers?max_price=nan", 400, "\"max_price\""},
                                                     {"/v1/offers?available=yes", 400, "\"available\""},
                                                     {"/v1/offers?after=zz", 400, "\"after\""},
                                                     {"/v1/offers?after=5b5", 400, "\"after\""},
                                                     {"/v1/offers?after=", 400, "\"after\""},
                                                     {"/v1/offers?gpu=a&gpu=b", 400, "\"gpu\""},
                                                     {"/v1/offers?gpu=%FF%FE", 400, "UTF-8"},
                                                     {"/v1/%FF", 400, "UTF-8"},
                                                     {"/v1/offers?gpu=%zz", 400, "target"},
                                                     {"*", 400, "target"},
                                                     {"http://elsewhere/v1/offers", 400, "target"},
                                                     {"/v1/instances/a/b?x=1", 400, "\"x\""},
                                                     {"/v1/events?after=-1", 400, "\"after\""},
                                                     {"/v1/events?since=1", 400, "\"since\""},
                                                     {"/-/ready?x=1", 400, "\"x\""},
                                                     {"/", 404, "path"},
                                                     {"/v1", 404, "path"},
                                                     {"/v2/offers", 404, "path"},
                                                     {"/v1/offers/", 404, "path"}}));
  const Answer answer = get(site, target);
  CAPTURE(target, json::serialize(answer.body));
  CHECK(answer.status == status);
  CHECK(answer.head.find("application/problem+json") != std::string::npos);
  CHECK(answer.body.at("status").as_int64() == status);
  CHECK(std::string(answer.body.at("detail").as_string()).find(word) != std::string::npos);
  CHECK(get(site, "/-/healthy").status == 200);
}

TEST_CASE("methods that a resource does not have are refused with those it has", "[daemon]") {
  const Site site;
  const std::string method = GENERATE("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW");
  const Answer answer = get(site, "/v1/offers", method);
  CHECK(answer.status == 405);
  CHECK(answer.head.find("Allow: GET, HEAD") != std::string::npos);
}

TEST_CASE("HEAD answers as GET does, without the body", "[daemon]") {
  const Site site;
  const Answer answer = get(site, "/v1/offers", "HEAD");
  CHECK(answer.status == 200);
  CHECK(answer.body.is_null());
}

TEST_CASE("what is not HTTP, or too much of it, gets a 4xx and costs only its connection", "[daemon]") {
  const Site site;
  const auto [text, status] = GENERATE(table<std::string, std::string>(
      {{"garbage\r\n\r\n", "400"},
       {"GET /v1/offers HTTP/9.9\r\n\r\n", "400"},
       {"GET /v1/a b HTTP/1.1\r\n\r\n", "400"},
       {"GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"},
       {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
       {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", "431"},
       {"POST /v1/offers HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "413"},
       {"POST /v1/offers HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"},
       {"POST /v1/offers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"}}));
  Client client(site);
  client.send(text);
  const std::string answer = client.read_all();
  CAPTURE(text.substr(0, 60), answer);
  CHECK(answer.substr(9, 3) == status);
  CHECK(answer.find("application/problem+json") != std::string::npos);
  CHECK(get(site, "/-/healthy").status == 200);
}

TEST_CASE("pipelined requests are answered in order", "[daemon]") {
  const Site site;
  Client client(site);
  std::string requests;
  for (int i = 1; i <= 20; ++i) {
    requests += "GET /v1/instance-types?limit=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n" +
                (i == 20 ? "Connection: close\r\n" : "") + "\r\n";
  }
  client.send(requests);
  const std::string answers = client.read_all();
  std::size_t count = 0;
  std::size_t last_size = 0;
  for (auto at = answers.find("Content-Length: "); at != std::string::npos;
       at = answers.find("Content-Length: ", at + 1)) {
    const std::size_t size = std::stoul(answers.substr(at + 16));
    CHECK(size > last_size);
    last_size = size;
    ++count;
  }
  CHECK(count == 20);
}

TEST_CASE("peers that hang up, or say nothing, cost nobody else anything", "[daemon]") {
  const Site site;
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 60; ++i) silent.push_back(std::make_unique<Client>(site));
  for (int i = 0; i < 20; ++i) silent.at(static_cast<std::size_t>(i))->send("GET /v1/off");
  for (int i = 0; i < 40; ++i) {
    Client client(site);
    client.send("GET /v1/instance-types?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n");
    client.close();
  }
  CHECK(get(site, "/v1/offers").status == 200);
}

TEST_CASE("more connections than are allowed are told so", "[daemon]") {
  const Site site;
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < 128; ++i) open.push_back(std::make_unique<Client>(site));
  Client one_more(site);
  CHECK(one_more.read_all().substr(9, 3) == "503");
  open.clear();
}

TEST_CASE("events stream from any ID on, and go on as they are written", "[daemon]") {
  Site site;
  Client client(site);
  client.send("GET /v1/events?after=28 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string first = client.read_until("id: 30\n");
  CHECK(first.find("text/event-stream") != std::string::npos);
  CHECK(first.find("id: 28\n") == std::string::npos);
  CHECK(first.find("id: 29\nevent: type_added\ndata: {\"id\":29,") != std::string::npos);
  site.add_event("credential_failing");
  CHECK(client.read_until("credential_failing").find("id: 31\nevent: credential_failing") != std::string::npos);
}

TEST_CASE("an event stream goes on from Last-Event-ID, and filters", "[daemon]") {
  Site site;
  Client resumed(site);
  resumed.send("GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 29\r\n\r\n");
  const std::string text = resumed.read_until("id: 30\n");
  CHECK(text.find("id: 29\n") == std::string::npos);
  Client filtered(site);
  filtered.send("GET /v1/events?after=0&kind=credential_recovered HTTP/1.1\r\nHost: x\r\n\r\n");
  filtered.read_until("\r\n\r\n");
  site.add_event("credential_failing");
  site.add_event("credential_recovered");
  const std::string only = filtered.read_until("credential_recovered");
  CHECK(only.find("event: type_added") == std::string::npos);
  CHECK(only.find("event: credential_failing") == std::string::npos);
}

TEST_CASE("a socket that a dead daemon left is replaced, a live one is not", "[daemon]") {
  const Site site;
  asio::io_context context;
  Tasks tasks(context.get_executor(), nullptr);
  CHECK_THROWS_AS(api::Server(context, site.socket(), tasks, nullptr), api::SocketError);
  CHECK(get(site, "/-/ready").status == 200);
  const TemporaryDirectory directory;
  const std::filesystem::path left = directory / "left.sock";
  {
    asio::local::stream_protocol::acceptor dead(context, asio::local::stream_protocol::endpoint(left.string()));
  }
  REQUIRE(std::filesystem::exists(left));
  CHECK_NOTHROW(api::Server(context, left, tasks, nullptr));
  CHECK_THROWS_AS(api::Server(context, directory / std::string(200, 'x'), tasks, nullptr), api::SocketError);
}

TEST_CASE("a reload is asked for by POST, and its problems come back", "[api]") {
  Site site;
  CHECK(get(site, "/v1/reload").status == 405);
  CHECK(get(site, "/v1/reload", "POST").status == 200);
  site.control().problems_ = {"tallyd.toml:3: colour: unknown key"};
  const Answer refused = get(site, "/v1/reload", "POST");
  CHECK(refused.status == 422);
  CHECK(refused.body.at("problems").at(0).as_string() == "tallyd.toml:3: colour: unknown key");
}

TEST_CASE("a credential that is not in force cannot be checked", "[api]") {
  const Site site;
  CHECK(get(site, "/v1/credentials/cred/check", "POST").body.at("credential").as_string() == "cred");
  CHECK(get(site, "/v1/credentials/other/check", "POST").status == 404);
  CHECK(get(site, "/v1/credentials/cred/check").status == 405);
  CHECK(get(site, "/v1/credentials/cred/check?deep=1", "POST").status == 400);
}
