// HTTP/1.1 on a Unix socket or on TCP: accepts so many connections. Knows no routes. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "api/connection.hpp"
#include "runtime/tasks.hpp"

namespace tally::api {

/// A socket cannot be listened at; says why and what to do.
class SocketError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  /// Listens at once; the socket has mode 0660 and the directory's group. A socket that a dead daemon left is replaced;
  /// whatever else is at the path stays there and is an error. `handed`, a socket that listens there already, is taken
  /// over instead, and its path is somebody else's to remove. Throws SocketError. `tasks` outlives the server and is
  /// cancelled to stop it.
  Server(boost::asio::io_context& context, std::filesystem::path socket, Tasks& tasks, Handler handler,
         Limits limits = {}, std::optional<int> handed = std::nullopt);

  /// On TCP, likewise.
  Server(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& address, Tasks& tasks, Handler handler,
         Limits limits = {});

  /// Removes the Unix socket that it has made.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Accepts until cancelled.
  boost::asio::awaitable<void> run();

  /// Where it listens on TCP; 0 on a Unix socket.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  boost::asio::awaitable<void> serve(Connection::Socket socket);

  std::filesystem::path path_;  // empty on TCP
  const bool is_handed_ = false;
  std::uint16_t port_ = 0;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
  Tasks& tasks_;
  Handler handler_;
  const Limits limits_;
  int connections_ = 0;
};

}  // namespace tally::api
