#include "api/server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tally::api {
namespace asio = boost::asio;
using boost::system::error_code;
using local = asio::local::stream_protocol;

namespace {

constexpr std::chrono::milliseconds accept_again_after{100};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw SocketError(fmt::format("{}: {}; the control API is off", path.string(), why));
}

void make_directory_of(const std::filesystem::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code failure;
  std::filesystem::create_directories(path.parent_path(), failure);
  if (failure) refuse(path, "its directory cannot be made: " + failure.message());
}

/// Removes the socket that a dead daemon left. Whatever else is there is somebody's, and stays.
void make_way(asio::io_context& context, const std::filesystem::path& path) {
  std::error_code hidden;
  const std::filesystem::file_status found = std::filesystem::symlink_status(path, hidden);
  if (!std::filesystem::exists(found)) return;
  if (!std::filesystem::is_socket(found)) {
    refuse(path, "is no socket; name another control_socket, or move it away");
  }
  error_code failure;
  local::socket probe(context);
  probe.connect(local::endpoint(path.string()), failure);
  if (!failure) refuse(path, "another tallyd listens there");
  if (failure != asio::error::connection_refused) return;
  std::error_code kept;
  std::filesystem::remove(path, kept);
  if (kept) refuse(path, "the socket that a dead tallyd left cannot be removed: " + kept.message());
}

local::acceptor listen_at(asio::io_context& context, const std::filesystem::path& path) {
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) refuse(path, "the socket's path is too long");
  make_directory_of(path);
  make_way(context, path);
  const local::endpoint endpoint(path.string());
  error_code failure;
  local::acceptor acceptor(context);
  acceptor.open(endpoint.protocol());
  const mode_t before = umask(0117);  // 0660 from the first moment
  acceptor.bind(endpoint, failure);
  umask(before);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) refuse(path, failure.message());
  return acceptor;
}

asio::ip::tcp::acceptor listen_at(asio::io_context& context, const asio::ip::tcp::endpoint& address) {
  error_code failure;
  asio::ip::tcp::acceptor acceptor(context);
  acceptor.open(address.protocol(), failure);
  if (!failure) acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure && address.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), failure);
  if (!failure) acceptor.bind(address, failure);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    throw SocketError(fmt::format("[http] listen: {} port {}: {}; it is off", address.address().to_string(),
                                  address.port(), failure.message()));
  }
  return acceptor;
}

}  // namespace

Server::Server(asio::io_context& context, std::filesystem::path socket, Tasks& tasks, Handler handler, Limits limits,
               std::optional<int> handed)
    : path_(std::move(socket)),
      is_handed_(handed.has_value()),
      acceptor_(handed ? local::acceptor(context, local(), *handed) : listen_at(context, path_)),
      tasks_(tasks),
      handler_(std::move(handler)),
      limits_(limits) {}

Server::Server(asio::io_context& context, const asio::ip::tcp::endpoint& address, Tasks& tasks, Handler handler,
               Limits limits)
    : acceptor_(context), tasks_(tasks), handler_(std::move(handler)), limits_(limits) {
  asio::ip::tcp::acceptor acceptor = listen_at(context, address);
  port_ = acceptor.local_endpoint().port();
  acceptor_ = std::move(acceptor);
}

Server::~Server() {
  if (is_handed_ || path_.empty()) return;
  std::error_code ignored;
  // What is no socket has taken its place, and is somebody else's.
  if (std::filesystem::is_socket(std::filesystem::symlink_status(path_, ignored))) {
    std::filesystem::remove(path_, ignored);
  }
}

asio::awaitable<void> Server::run() {
  asio::steady_timer pause(acceptor_.get_executor());
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    if (failure) {
      // Out of descriptors, likely, and it would fail again at once.
      pause.expires_after(accept_again_after);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    tasks_.spawn("api connection", serve(std::move(socket)));
  }
}

asio::awaitable<void> Server::serve(Connection::Socket socket) {
  struct Count {
    explicit Count(int& of) : count(of) { ++count; }
    ~Count() { --count; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    int& count;
  };
  const Count count(connections_);
  const auto connection = std::make_shared<Connection>(std::move(socket), handler_, limits_);
  if (connections_ <= limits_.connections) {
    co_await connection->serve();
    co_return;
  }
  Response full = problem(503, fmt::format("more connections than the {} that tallyd serves at once are open; close "
                                           "some of them, or try again later",
                                           limits_.connections));
  // Telling peers that there are too many takes connections, too.
  if (connections_ <= 2 * limits_.connections) {
    co_await connection->refuse(std::move(full));
  } else {
    co_await connection->turn_away(std::move(full));
  }
}

}  // namespace tally::api
