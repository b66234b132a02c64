// The control API on a real Unix socket, and clients of it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <future>
#include <thread>

#include "api/api.hpp"
#include "api/server.hpp"
#include "runtime/system_clock.hpp"
#include "tests/store/catalog_world.hpp"

namespace tally::api_tests {
namespace asio = boost::asio;
namespace json = boost::json;
using namespace tally::store_tests;

/// A daemon that has nothing to do.
class IdleControl final : public api::Control {
 public:
  boost::asio::awaitable<std::vector<std::string>> reload() override {
    fail_if_told();
    std::vector<std::string> problems = problems_;
    co_return problems;
  }
  Task<std::optional<json::object>> check(CredentialRef credential) override {
    fail_if_told();
    Error unknown;
    unknown.kind = Errc::resource_not_found;
    if (credential.str() != "cred") co_return tl::unexpected(unknown);
    json::object document{{"credential", "cred"}};
    co_return in_time(document);
  }
  Task<std::optional<json::object>> probe(CredentialRef credential, CloudId instance) override {
    fail_if_told();
    if (refusal_) co_return tl::unexpected(*refusal_);
    json::object document = probed_;
    document["credential"] = credential.str();
    document["cloud_id"] = instance.str();
    co_return in_time(document);
  }
  Task<void> trust_host_key(CredentialRef, CloudId instance, std::string fingerprint) override {
    fail_if_told();
    if (refusal_) co_return tl::unexpected(*refusal_);
    trusted_ = instance.str() + " " + fingerprint;
    co_return Result<void>();
  }

  std::exception_ptr failure_;  // thrown by whatever is asked
  std::vector<std::string> problems_;
  std::optional<Error> refusal_;  // what is asked of an instance comes to this
  json::object probed_;           // what a probe comes to, but for whom
  std::string trusted_;           // the last instance and host key that were trusted
  int late_ = 0;                  // so many checks and probes have no outcome yet

 private:
  void fail_if_told() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  std::optional<json::object> in_time(const json::object& document) {
    if (late_ == 0) return document;
    --late_;
    return std::nullopt;
  }
};

/// A catalog of 30 types and 3 instances behind a server on a thread of its own.
class Site {
 public:
  explicit Site(api::Limits limits = {}) {
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
    server_.emplace(
        context_, socket(), tasks_, [this](api::Request request) { return api_->handle(std::move(request)); }, limits);
    tasks_.spawn("server", server_->run());
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Site() {
    asio::post(context_, [this] { tasks_.cancel(); });
    thread_.join();
  }
  [[nodiscard]] std::filesystem::path socket() const { return world_.directory / "run" / "tallyd.sock"; }
  IdleControl& control() { return control_; }
  World& world() { return world_; }

  /// Commits as the daemon does, so that streams look.
  void add_event(const std::string& kind) { add_events(kind, 1, "x"); }
  void add_events(const std::string& kind, int count, const std::string& detail) {
    ChangeSet changes;
    changes.at = now();
    for (int i = 0; i < count; ++i) changes.events.push_back({kind, "credential", "cred", {}, {}, {}, detail});
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
  CatalogWriter writer_{world_.catalog, context_.get_executor(), writer_thread_.get_executor(), clock_};
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
  void finish_sending() { socket_.shutdown(asio::socket_base::shutdown_send); }
  void close() { socket_.close(); }

 private:
  asio::io_context context_;
  asio::local::stream_protocol::socket socket_;
  std::string read_;
};

struct HttpAnswer {
  int status = 0;  // 0: hung up on without a word
  std::string head;
  json::value body;
};

inline HttpAnswer get(const Site& site, const std::string& target, const std::string& method = "GET") {
  Client client(site);
  client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string text = client.read_all();
  HttpAnswer answer;
  if (text.empty()) return answer;
  answer.status = std::stoi(text.substr(9, 3));
  const std::size_t end = text.find("\r\n\r\n");
  answer.head = text.substr(0, end);
  const std::string body = text.substr(end + 4);
  if (!body.empty()) answer.body = json::parse(body);
  return answer;
}

/// Asks until a connection is served again; the test's own time limit ends a wait in vain.
inline void await_room(const Site& site) {
  while (get(site, "/-/ready").status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace tally::api_tests
