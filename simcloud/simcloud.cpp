#include "simcloud/simcloud.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <sstream>
#include <stdexcept>

#include "runtime/ascii.hpp"
#include "runtime/tasks.hpp"
#include "simcloud/control.hpp"
#include "simcloud/face.hpp"
#include "simcloud/recorded.hpp"

namespace tally::simcloud {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds slow_chunk_every{100};
constexpr std::size_t slow_chunk = 64;

bool is(const Fault& fault, std::string_view kind) { return fault.kind == kind; }

/// Faults that replace the whole reply.
void apply(const Fault& fault, const Face& face, Reply& reply) {
  if (is(fault, "unauthorized")) {
    reply = face.refuse(Refusal::unauthorized);
  } else if (is(fault, "status")) {
    reply.status = fault.status;
    reply.body = fault.body;
  } else if (is(fault, "rate_limit")) {
    reply.status = 429;
    reply.body = "Too Many Requests";
    reply.content_type = "text/plain";
    reply.retry_after = fault.retry_after;
  } else if (is(fault, "redirect")) {
    reply.status = 302;
    reply.location = "http://127.0.0.1:9/elsewhere";
  } else if (is(fault, "html")) {
    reply.body = "<html><body>maintenance</body></html>";
    reply.content_type = "text/html";
  } else if (is(fault, "error_200")) {
    reply.body = R"({"error":{"code":"global/internal-error","message":"An internal server error occurred."}})";
  } else if (is(fault, "bad_json") || is(fault, "truncate_clean")) {
    reply.body.resize(reply.body.size() - std::min<std::size_t>(reply.body.size(), 2));
    if (is(fault, "truncate_clean")) reply.body.resize(reply.body.size() / 2);
  }
}

std::string to_wire(const Reply& reply, bool keep_alive) {
  http::response<http::string_body> message;
  message.version(11);
  message.result(static_cast<unsigned>(reply.status));
  message.set(http::field::content_type, reply.content_type);
  if (!reply.retry_after.empty()) message.set(http::field::retry_after, reply.retry_after);
  if (!reply.location.empty()) message.set(http::field::location, reply.location);
  message.keep_alive(keep_alive);
  message.body() = reply.body;
  message.prepare_payload();
  std::ostringstream out;
  out << message;
  return out.str();
}

Asked asked_of(const http::request<http::string_body>& request) {
  const auto target = request.target();
  Asked asked = make_asked(std::string(request.method_string()), {target.data(), target.size()});
  for (const auto& field : request) {
    asked.headers[ascii::lower(field.name_string())] = std::string(field.value());
  }
  asked.body = request.body();
  return asked;
}

std::unique_ptr<SshServer> make_ssh_server(const Options& options) {
  if (!options.ssh || !options.replies.empty()) return nullptr;
  SshOptions ssh = *options.ssh;
  ssh.seed = options.world.seed;
  return std::make_unique<SshServer>(ssh);
}

World make_world(WorldOptions options, const SshServer* ssh) {
  if (ssh != nullptr) options.ssh_port = ssh->port();
  return World(std::move(options));
}

/// Only what is active answers: what boots does not yet, what is ill or ends does not any more.
std::vector<SshHost> ssh_hosts(const World& world) {
  std::vector<SshHost> hosts;
  for (const auto& [id, machine] : world.machines()) {
    if (machine.status != MachineStatus::active) continue;
    hosts.push_back({id, machine.address, machine.installations, machine.ssh_fault, machine.boots});
  }
  return hosts;
}

}  // namespace

/// Each of its coroutines holds a share: they end on the context, which may run on when the cloud is gone.
class SimCloud::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& context, Options options)
      : options_(std::move(options)),
        face_(find_face(options_.provider)),
        ssh_(make_ssh_server(options_)),
        state_{make_world(options_.world, ssh_.get()), {}, {}, {}, false},
        acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), options_.port)),
        tasks_(context.get_executor(), nullptr) {
    if (face_ == nullptr) throw std::invalid_argument("no simulation of " + options_.provider);
    for (const Fault& fault : options_.faults) state_.faults.add(fault);
  }

  void start() {
    tasks_.spawn("accept", accept(shared_from_this()));
    if (options_.step.count() > 0 && options_.replies.empty()) tasks_.spawn("move", move(shared_from_this()));
  }

  [[nodiscard]] std::string endpoint() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + std::string(face_->base);
  }

  [[nodiscard]] std::uint16_t ssh_port() const { return ssh_ ? ssh_->port() : 0; }

  void stop() {
    tasks_.cancel();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  using Self = std::shared_ptr<Impl>;

  asio::awaitable<void> accept(Self self) {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      tasks_.spawn("serve", serve(self, std::move(socket)));
    }
  }

  asio::awaitable<void> move(Self) {
    asio::steady_timer timer(acceptor_.get_executor());
    for (;;) {
      timer.expires_after(options_.step);
      co_await timer.async_wait(asio::use_awaitable);
      state_.world.step();
      co_await show_to_ssh();
    }
  }

  /// What changed in the world is in force there before anybody is told of it.
  asio::awaitable<void> show_to_ssh() {
    if (ssh_) co_await ssh_->serve(ssh_hosts(state_.world));
  }

  asio::awaitable<void> serve(Self, tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
      http::request<http::string_body> request;
      const auto [failure, size] = co_await http::async_read(socket, buffer, request, as_result);
      if (failure) co_return;
      const Asked asked = asked_of(request);
      ++state_.requests[asked.path];
      const bool is_control = asked.path.starts_with("/control");
      const std::vector<Fault> faults = is_control ? std::vector<Fault>() : faults_of(asked);
      Reply reply = is_control ? control(state_, asked) : reply_of(asked, faults);
      if (asked.method != "GET") co_await show_to_ssh();
      for (const Fault& fault : faults) apply(fault, *face_, reply);
      const bool is_open = co_await send(&socket, to_wire(reply, request.keep_alive()), faults);
      if (!is_open || !request.keep_alive()) co_return;
    }
  }

  std::vector<Fault> faults_of(const Asked& asked) {
    const std::string operation(operation_of(*face_, asked));
    if (!operation.empty()) ++state_.operations[operation];
    return state_.faults.take(asked.path, operation);
  }

  Reply reply_of(const Asked& asked, const std::vector<Fault>& faults) {
    if (std::any_of(faults.begin(), faults.end(), &is_instead)) return {};
    if (!asked.path.starts_with(face_->base)) {
      Reply reply;
      reply.status = 404;
      return reply;
    }
    if (!options_.replies.empty()) return recorded_reply(*face_, options_.replies, asked, state_.is_second_poll);
    return answer(*face_, state_.world, options_.api_key, asked, faults);
  }

  /// Faults of the connection; false when it is over.
  asio::awaitable<bool> send(tcp::socket* socket, std::string wire, std::vector<Fault> faults) {
    asio::steady_timer timer(socket->get_executor());
    std::size_t size = wire.size();
    bool is_slow = false;
    for (const Fault& fault : faults) {
      if (is(fault, "latency")) {
        timer.expires_after(fault.delay);
        co_await timer.async_wait(asio::use_awaitable);
      } else if (is(fault, "reset")) {
        socket->set_option(asio::socket_base::linger(true, 0));
        socket->close();
        co_return false;
      } else if (is(fault, "hang")) {
        timer.expires_at(asio::steady_timer::time_point::max());
        co_await timer.async_wait(asio::use_awaitable);
      } else if (is(fault, "truncate")) {
        size -= std::min<std::size_t>(size / 4, 64);
      } else if (is(fault, "slow_body")) {
        is_slow = true;
      }
    }
    const std::size_t chunk = is_slow ? slow_chunk : size;
    for (std::size_t sent = 0; sent < size; sent += chunk) {
      const auto part = asio::buffer(wire.data() + sent, std::min(chunk, size - sent));
      const auto [failure, written] = co_await asio::async_write(*socket, part, as_result);
      if (failure) co_return false;
      if (!is_slow) continue;
      timer.expires_after(slow_chunk_every);
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return size == wire.size();
  }

  Options options_;
  const Face* face_;
  std::unique_ptr<SshServer> ssh_;
  Controlled state_;
  tcp::acceptor acceptor_;
  Tasks tasks_;
};

SimCloud::SimCloud(asio::io_context& context, Options options)
    : impl_(std::make_shared<Impl>(context, std::move(options))) {
  impl_->start();
}

SimCloud::~SimCloud() { impl_->stop(); }

std::string SimCloud::endpoint() const { return impl_->endpoint(); }

std::uint16_t SimCloud::ssh_port() const { return impl_->ssh_port(); }

void SimCloud::stop() { impl_->stop(); }

}  // namespace tally::simcloud
