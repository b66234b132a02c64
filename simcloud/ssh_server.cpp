#include "simcloud/ssh_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "runtime/run_on.hpp"
#include "simcloud/ssh_connection.hpp"

namespace tally::simcloud {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_again{100};  // after a failure such as no descriptor left

struct FreeBind {
  void operator()(ssh_bind bind) const { ssh_bind_free(bind); }
};
using BindPointer = std::unique_ptr<ssh_bind_struct, FreeBind>;

BindPointer make_bind() {
  BindPointer bind(ssh_bind_new());
  const bool is_system_configuration_read = false;
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &is_system_configuration_read);
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_BANNER, "simcloud");
  // The cheap ones: finite-field Diffie-Hellman takes up to a hundred times as long.
  ssh_bind_options_set(bind.get(), SSH_BIND_OPTIONS_KEY_EXCHANGE,
                       "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256");
  return bind;
}

/// One instance: its listening socket, and who has come.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& context, SshHost about, SshRules rules)
      : about_(std::move(about)), rules_(std::move(rules)), acceptor_(context), pause_(context) {}

  /// False when this process may not, or the address is taken; one that is unreachable has nothing to do.
  bool listen(std::uint16_t port) {
    if (about_.fault == SshFault::unreachable) return true;
    const tcp::endpoint address(asio::ip::make_address_v4(about_.address), port);
    error_code failure;
    acceptor_.open(address.protocol(), failure);
    if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor_.bind(address, failure);
    if (!failure) acceptor_.listen(tcp::acceptor::max_listen_connections, failure);
    if (!failure) accept();
    return !failure;
  }

  void close() {
    error_code ignored;
    pause_.cancel();
    acceptor_.close(ignored);
    const auto connections = std::exchange(connections_, {});
    for (const auto& connection : connections) connection->close();
  }

  [[nodiscard]] const SshHost& about() const { return about_; }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& failure, tcp::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (failure) return self->accept_later();
      self->take(std::move(socket));
      self->accept();
    });
  }

  void accept_later() {
    pause_.expires_after(accept_again);
    pause_.async_wait([self = shared_from_this()](const error_code& stopped) {
      if (!stopped) self->accept();
    });
  }

  void take(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const SshFault fault = about_.fault;
    const bool is_mute = fault == SshFault::silent || fault == SshFault::tarpit || fault == SshFault::banner;
    const auto connection =
        is_mute ? make_mute_connection(std::move(socket), fault) : make_ssh_connection(std::move(socket), rules_);
    if (!connection) return;
    connections_.insert(connection);
    connection->start(
        [self = shared_from_this(), ended = std::weak_ptr(connection)] { self->connections_.erase(ended.lock()); });
  }

  SshHost about_;
  SshRules rules_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::unordered_set<std::shared_ptr<SshConnection>> connections_;
};

}  // namespace

class SshServer::Impl {
 public:
  explicit Impl(const SshOptions& options)
      : seed_(options.seed),
        // Bound, never listening: keeps the port from being given to anybody else, and refuses at 127.0.0.1.
        port_holder_(context_, tcp::v4()),
        bind_(make_bind()) {
    port_holder_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), options.port));
    if (!options.authorized_key.empty()) authorized_key_ = read_public_key(options.authorized_key);
    runs_commands_ = options.exec == SshExec::on || (options.exec == SshExec::automatic && authorized_key_ != nullptr);
    thread_ = std::thread([this] { work(); });
  }

  ~Impl() {
    asio::post(context_, [this] {
      for (const auto& [address, listener] : listeners_) listener->close();
      listeners_.clear();
      work_.reset();
    });
    thread_.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_holder_.local_endpoint().port(); }

  asio::awaitable<void> serve(std::vector<SshHost> hosts) {
    auto apply = [this, &hosts] { this->apply(hosts); };
    co_await run_on(context_.get_executor(), apply);
  }

 private:
  void work() {
    // libssh and pipes write without asking for no signal.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    context_.run();
  }

  void apply(const std::vector<SshHost>& hosts) {
    std::map<std::string, const SshHost*> wanted;
    for (const SshHost& host : hosts) wanted.emplace(host.address, &host);
    for (auto at = listeners_.begin(); at != listeners_.end();) {
      const auto found = wanted.find(at->first);
      if (found != wanted.end() && *found->second == at->second->about()) {
        wanted.erase(found);
        ++at;
        continue;
      }
      const bool keeps_home = found != wanted.end() && is_same_installation(*found->second, at->second->about());
      at->second->close();
      if (!keeps_home) homes_.remove(at->second->about().id);
      at = listeners_.erase(at);
    }
    for (const auto& [address, host] : wanted) {
      auto listener = std::make_shared<Listener>(context_, *host, rules_of(*host));
      if (listener->listen(port())) listeners_.emplace(address, std::move(listener));
    }
  }

  static bool is_same_installation(const SshHost& a, const SshHost& b) {
    return a.id == b.id && a.installations == b.installations;
  }

  SshRules rules_of(const SshHost& host) {
    SshRules rules;
    rules.bind = bind_.get();
    rules.host_key = make_host_key(seed_, host.id, host.installations);
    rules.fault = host.fault;
    rules.authorized_key = authorized_key_.get();
    rules.runs_commands = runs_commands_;
    rules.homes = &homes_;
    rules.instance = host.id;
    rules.boot_id =
        fmt::format("{:08x}-0000-4000-8000-{:012x}", host.boots, std::hash<std::string>{}(host.id) & 0xffff'ffff'ffffU);
    return rules;
  }

  std::uint64_t seed_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::socket port_holder_;
  BindPointer bind_;
  SshKeyPointer authorized_key_;
  bool runs_commands_ = false;
  SshHomes homes_;
  std::map<std::string, std::shared_ptr<Listener>> listeners_;  // by address
  std::thread thread_;
};

SshServer::SshServer(const SshOptions& options) : impl_(std::make_unique<Impl>(options)) {}

SshServer::~SshServer() = default;

std::uint16_t SshServer::port() const { return impl_->port(); }

asio::awaitable<void> SshServer::serve(std::vector<SshHost> hosts) { return impl_->serve(std::move(hosts)); }

}  // namespace tally::simcloud
