// HTTP/1.1 on a Unix socket: bounded requests in, whole answers or streams out. Knows no routes. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "cloud/tasks.hpp"
#include "daemon/api/message.hpp"

namespace tally::api {

/// The control socket cannot be opened; says why and what to do.
class SocketError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  /// Answers one request. May suspend; is cancelled when the daemon stops.
  using Handler = std::function<boost::asio::awaitable<Response>(Request request)>;

  /// Listens at once; the socket has mode 0660 and the directory's group. A socket that a dead daemon left is replaced.
  /// Throws SocketError. `tasks` outlives the server and is cancelled to stop it.
  Server(boost::asio::io_context& context, std::filesystem::path socket, Tasks& tasks, Handler handler);

  /// Removes the socket.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Accepts until cancelled.
  boost::asio::awaitable<void> run();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  boost::asio::awaitable<void> serve(Socket socket);

  std::filesystem::path path_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  Tasks& tasks_;
  Handler handler_;
  int connections_ = 0;
};

}  // namespace tally::api
