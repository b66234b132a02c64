// Unary gRPC calls through the one HttpClient, against a real server of gRPC's own.
#include "net/grpc/grpc_transport.hpp"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <mutex>

#include "net/authorizer.hpp"
#include "net/grpc/codes.hpp"
#include "tests/fakes/await.hpp"
#include "tests/fakes/files.hpp"
#include "tests/net/client_world.hpp"
#include "tests/net/servers.hpp"

namespace tally::grpc_transport_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

/// What a call asks for: its method's name says what comes of it.
struct Asked {
  std::string method;
  std::string body;
  std::map<std::string, std::string> metadata;
};

class Service final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(*this, *context);
  }
  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::promise<void> came;       // a call of "/test.Service/Hang"
  std::promise<void> cancelled;  // that one was

 private:
  /// Finishes once, as gRPC demands: a call that hangs does so when it is cancelled, each other one by itself,
  /// cancelled or not.
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(Service& service, grpc::GenericCallbackServerContext& context) : service_(service), context_(context) {
      StartRead(&request_);
    }
    void OnReadDone(bool is_read) override {
      Asked asked{context_.method(), is_read ? bytes_of(request_) : "", {}};
      for (const auto& [name, value] : context_.client_metadata()) {
        asked.metadata[std::string(name.data(), name.size())] = std::string(value.data(), value.size());
      }
      const std::string method = asked.method.substr(asked.method.rfind('/') + 1);
      const bool is_first = service_.note(asked);
      if (method == "Hang") {
        service_.came.set_value();
      } else if (method == "Echo" || (!is_first && method.starts_with("Then"))) {
        answer(asked.body + "!");
      } else if (method == "Large") {
        answer(std::string(1 << 20U, 'x'));
      } else if (method == "ThenUnavailable") {
        Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "try later"));
      } else if (method == "ThenUnauthenticated") {
        Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who are you"));
      } else if (method == "Between") {  // as the library words it
        Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "Received http2 header with status: 404"));
      } else if (method == "Details") {
        Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "of what", "details"));
      } else {
        Finish(grpc::Status(static_cast<grpc::StatusCode>(std::stoi(method.substr(4))), "code " + method));
      }
    }
    void OnWriteDone(bool /*is_written*/) override { Finish(grpc::Status::OK); }
    void OnCancel() override {
      if (!context_.method().ends_with("/Hang")) return;
      service_.cancelled.set_value();
      Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

   private:
    void answer(const std::string& text) {
      const grpc::Slice slice(text);
      response_ = grpc::ByteBuffer(&slice, 1);
      StartWrite(&response_);
    }

    Service& service_;
    grpc::GenericCallbackServerContext& context_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_;
  };

  bool note(const Asked& asked) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
    return std::count_if(asked_.begin(), asked_.end(),
                         [&](const Asked& each) { return each.method == asked.method; }) == 1;
  }

  std::mutex mutex_;
  std::vector<Asked> asked_;
};

class Server {
 public:
  explicit Server(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
    builder.RegisterCallbackGenericService(&service);
    server_ = builder.BuildAndStart();
  }
  ~Server() { server_->Shutdown(std::chrono::system_clock::now()); }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

  Service service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

/// An HttpClient that speaks gRPC.
struct Client {
  World world;
  std::shared_ptr<Transport> transport;
  std::unique_ptr<HttpClient> http;

  explicit Client(const std::string& ca_file = "") : transport(make_grpc_transport(world.tls.get(ca_file))) {
    HttpContext context{world.tls.get(ca_file),       world.budget, world.clock, world.rng,
                        world.context.get_executor(), world.bodies};
    context.transport = transport;
    http = make_http_client(std::move(context));
  }
  Request request(const std::string& origin, const std::string& method, std::string body = "hello") {
    Request request;
    request.method = Method::post;
    request.repeat = Repeat::safe;
    request.url = origin + "/test.Service/" + method;
    request.body = Secret(std::move(body));
    request.timeout = longest_wait;
    return request;
  }
  Result<Response> send(Request request) { return run_task(world.context, http->send(std::move(request))); }
};

std::string plain(const Server& server) { return "http://127.0.0.1:" + server.port(); }

}  // namespace

TEST_CASE("a unary call sends the message and its metadata, and answers the bytes", "[grpc]") {
  Server server;
  Client client;
  Request request = client.request(plain(server), "Echo");
  request.headers.push_back({"X-Idempotency-Key", Secret(std::string("key-1"))});
  const auto answer = client.send(std::move(request));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello!");
  REQUIRE(server.service.asked().size() == 1);
  const Asked asked = server.service.asked().front();
  CHECK(asked.method == "/test.Service/Echo");
  CHECK(asked.body == "hello");
  CHECK(asked.metadata.at("x-idempotency-key") == "key-1");
  CHECK(asked.metadata.at("user-agent").starts_with("tallyd/"));
  CHECK_FALSE(asked.metadata.contains("accept-encoding"));
}

TEST_CASE("an empty message is a message", "[grpc]") {
  Server server;
  Client client;
  const auto answer = client.send(client.request(plain(server), "Echo", ""));
  REQUIRE(answer);
  CHECK(answer->body == "!");
}

TEST_CASE("each code of gRPC is an answer with its words and the status that stands for it", "[grpc]") {
  Server server;
  Client client;
  for (const auto& [code, status] : std::vector<std::pair<int, int>>{
           {3, 400}, {5, 404}, {6, 409}, {7, 403}, {8, 429}, {9, 400}, {10, 409}, {11, 400}, {12, 501}, {15, 500}}) {
    INFO(code);
    const auto answer = client.send(client.request(plain(server), "Code" + std::to_string(code)));
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->headers.find(grpc_status_header) == std::to_string(code));
    CHECK(answer->headers.find(grpc_message_header) == "code Code" + std::to_string(code));
    CHECK(answer->body.empty());
  }
}

TEST_CASE("what somebody between answered over HTTP is no status of the server's", "[grpc]") {
  CHECK(is_http_answer("Received http2 header with status: 404"));
  CHECK_FALSE(is_http_answer("there is no method of that name"));
  CHECK_FALSE(is_http_answer(""));
  Server server;
  Client client;
  Request request = client.request(plain(server), "Between");
  request.repeat = Repeat::never;
  const auto answer = client.send(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK(answer.error().certainty == Certainty::unknown);
}

TEST_CASE("details come with the answer, and say what is exhausted", "[grpc]") {
  Server server;
  Client client;
  const auto answer = client.send(client.request(plain(server), "Details"));
  REQUIRE(answer);
  CHECK(answer->status == 400);
  CHECK(answer->body == "details");
}

TEST_CASE("what only reads is asked again when the server is not available, what changes something is not", "[grpc]") {
  Server server;
  Client client;
  const auto answer = client.send(client.request(plain(server), "ThenUnavailable"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(server.service.asked().size() == 2);

  Server other;
  Request change = client.request(plain(other), "ThenUnavailable");
  change.repeat = Repeat::never;
  const auto once = client.send(std::move(change));
  REQUIRE(once);
  CHECK(once->status == 503);
  CHECK(other.service.asked().size() == 1);
}

TEST_CASE("a token that is refused is renewed, and the call made once more", "[grpc]") {
  struct Tokens final : Authorizer {
    Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> /*request*/) override {
      co_return std::vector<Header>(1, Header{"Authorization", Secret("Bearer " + std::to_string(given++))});
    }
    bool refresh_after_401(const std::vector<Header>& /*refused*/) override { return true; }
    int given = 1;
  };
  Server server;
  Client client;
  Tokens tokens;
  Request request = client.request(plain(server), "ThenUnauthenticated");
  request.authorizer = &tokens;
  const auto answer = client.send(std::move(request));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(server.service.asked().back().metadata.at("authorization") == "Bearer 2");
}

TEST_CASE("an answer that is too large is an error, and is not asked for again", "[grpc]") {
  Server server;
  Client client;
  Request request = client.request(plain(server), "Large");
  request.body_limit = 1000;
  const auto answer = client.send(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK(server.service.asked().size() == 1);
  CHECK(client.world.bodies->bytes() == 0);
}

TEST_CASE("where nobody listens nothing was sent", "[grpc]") {
  Client client;
  std::string nowhere;
  {
    const Server server;
    nowhere = plain(server);
  }
  Request request = client.request(nowhere, "Echo");
  request.repeat = Repeat::never;
  request.timeout = longest_wait;
  const auto answer = client.send(std::move(request));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK(answer.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a call that is late is given up, at the server too, and may have been done", "[grpc]") {
  bool has_come = false;  // within the time, which where all is slow is over before there is a connection
  for (std::chrono::milliseconds time = 300ms; !has_come && time < longest_wait; time *= 10) {
    Server server;
    std::future<void> came = server.service.came.get_future();
    Client client;
    Request request = client.request(plain(server), "Hang");
    request.repeat = Repeat::never;
    request.timeout = time;
    const auto answer = client.send(std::move(request));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == Errc::service_unavailable);
    CHECK(answer.error().certainty == Certainty::unknown);
    has_come = came.wait_for(0s) == std::future_status::ready;
    if (has_come) REQUIRE(server.service.cancelled.get_future().wait_for(longest_wait) == std::future_status::ready);
  }
  CHECK(has_come);
}

TEST_CASE("a cancel ends a call, at the server too", "[grpc]") {
  Server server;
  Client client;
  boost::asio::cancellation_signal signal;
  bool is_over = false;
  std::exception_ptr failure;
  boost::asio::co_spawn(
      client.world.context, client.http->send(client.request(plain(server), "Hang")),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr why, const Result<Response>&) {
        is_over = true;
        failure = why;
      }));
  std::future<void> came = server.service.came.get_future();
  while (came.wait_for(0s) != std::future_status::ready) client.world.context.run_one_for(10ms);
  signal.emit(boost::asio::cancellation_type::terminal);
  while (!is_over) client.world.context.run_one();
  REQUIRE(failure);
  CHECK_THROWS_AS(std::rethrow_exception(failure), boost::system::system_error);
  server.service.cancelled.get_future().wait();
}

TEST_CASE("a client that goes away in the middle of a call leaves nothing behind", "[grpc]") {
  Server server;
  {
    Client client;
    boost::asio::co_spawn(client.world.context, client.http->send(client.request(plain(server), "Hang")),
                          boost::asio::detached);
    std::future<void> came = server.service.came.get_future();
    while (came.wait_for(0s) != std::future_status::ready) client.world.context.run_one_for(10ms);
  }
  server.service.cancelled.get_future().wait();
}

TEST_CASE("over TLS the server must be vouched for by the given authorities", "[grpc]") {
  const Certificates certificates;
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {text_of(certificates.file("good.key")), text_of(certificates.file("good.pem"))});
  Server server(grpc::SslServerCredentials(options));
  const std::string origin = "https://127.0.0.1:" + server.port();
  Client trusting(certificates.ca_file());
  const auto answer = trusting.send(trusting.request(origin, "Echo"));
  REQUIRE(answer);
  CHECK(answer->body == "hello!");
  Client other;
  Request request = other.request(origin, "Echo");
  request.timeout = 2s;
  const auto refused = other.send(std::move(request));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::service_unavailable);
  CHECK(server.service.asked().size() == 1);
}

}  // namespace tally::grpc_transport_test
