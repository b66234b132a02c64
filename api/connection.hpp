// One peer of the control socket or of the TCP listener: bounded requests in, whole answers or streams out, one after
// the other. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>

#include "api/limits.hpp"
#include "api/message.hpp"
#include "api/understand.hpp"

namespace tally::api {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  /// The handler outlives the connection, which is owned by a shared pointer while it serves.
  Connection(Socket socket, const Handler& handler, Limits limits);

  /// Until the peer is gone or breaks the rules. Throws when cancelled.
  boost::asio::awaitable<void> serve();

  /// Answers without reading, and hangs up. What the peer is still sending is read and dropped for a while (linger):
  /// were the socket closed at once, the peer's writes would fail before it looks for the answer.
  boost::asio::awaitable<void> refuse(Response refusal);

  /// As refuse(), at once: for when there is no room to linger, either.
  boost::asio::awaitable<void> turn_away(Response refusal);

 private:
  /// A message that came whole, else what to tell the peer, if anything.
  struct Received {
    std::optional<HttpRequest> message;
    std::optional<Response> refusal;
  };

  boost::asio::awaitable<Received> receive();
  boost::asio::awaitable<bool> wait_for_bytes();
  boost::asio::awaitable<Response> answer(HttpRequest message);
  boost::asio::awaitable<bool> write_whole(Response response, bool keep_alive, bool is_head);
  boost::asio::awaitable<void> write_stream(Response response, bool is_chunked);
  void tell_of_deaf_peer(const boost::system::error_code& failure) const;
  void read_for(std::chrono::milliseconds time);
  void stop_reading_clock();

  boost::beast::basic_stream<boost::asio::generic::stream_protocol> stream_;
  const Handler& handler_;
  const Limits limits_;
  const Peer peer_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer reading_clock_;
  bool is_first_ = true;
  bool is_late_ = false;  // a request, or the first byte of one, did not come in time
};

}  // namespace tally::api
