#include "api/connection.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

namespace tally::api {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 16U << 10U;

void throw_if_cancelled(const error_code& failure) {
  if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
}

/// True when the peer can no longer be told anything; one that only finished sending can.
bool has_hung_up(Connection::Socket& socket) {
  pollfd state{socket.native_handle(), 0, 0};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

template <class Body>
http::response<Body> head_of(const Response& response, bool keep_alive) {
  http::response<Body> message;
  message.version(11);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::server, "tallyd/" TALLY_VERSION);
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  if (!response.allow.empty()) message.set(http::field::allow, response.allow);
  if (!response.location.empty()) message.set(http::field::location, response.location);
  message.keep_alive(keep_alive);
  return message;
}

}  // namespace

Connection::Connection(Socket socket, const Handler& handler, Limits limits)
    : stream_(std::move(socket)),
      handler_(handler),
      limits_(limits),
      peer_(peer_of(stream_.socket().native_handle())),
      buffer_(limits.header_bytes + limits.body_bytes),
      reading_clock_(stream_.get_executor()) {}

asio::awaitable<void> Connection::serve() {
  for (;; is_first_ = false) {
    Received received = co_await receive();
    if (received.refusal) co_await refuse(std::move(*received.refusal));
    if (!received.message) co_return;
    const bool is_head = received.message->method() == http::verb::head;
    const bool is_1_1 = received.message->version() >= 11;
    const bool keep_alive = is_1_1 && received.message->keep_alive();
    Response response = co_await answer(std::move(*received.message));
    if (response.stream && !is_head) {
      co_await write_stream(std::move(response), is_1_1);
      co_return;
    }
    const bool is_written = co_await write_whole(std::move(response), keep_alive, is_head);
    if (!is_written || !keep_alive) co_return;
  }
}

asio::awaitable<void> Connection::turn_away(Response refusal) {
  co_await write_whole(std::move(refusal), false, false);
}

asio::awaitable<void> Connection::refuse(Response refusal) {
  if (!co_await write_whole(std::move(refusal), false, false)) co_return;
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  stream_.expires_after(limits_.linger);
  for (error_code failure; !failure;) {
    buffer_.clear();
    std::size_t size = 0;
    std::tie(failure, size) = co_await stream_.async_read_some(buffer_.prepare(read_size), as_result);
    throw_if_cancelled(failure);
  }
}

asio::awaitable<Connection::Received> Connection::receive() {
  Received received;
  if (!co_await wait_for_bytes()) co_return received;
  read_for(limits_.request);
  http::request_parser<http::string_body> parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(limits_.body_bytes);
  auto [failure, size] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
  if (!failure) received.refusal = refusal_of(parser.get());
  if (!failure && !received.refusal && !parser.is_done()) {
    if (parser.get().count(http::field::expect) > 0 && parser.get().version() >= 11) {
      stream_.expires_after(limits_.write);
      const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(go_on), as_result);
      stream_.expires_never();
    }
    std::tie(failure, size) = co_await http::async_read(stream_, buffer_, parser, as_result);
  }
  stop_reading_clock();
  throw_if_cancelled(failure);
  if (failure) {
    received.refusal = is_late_ ? problem(408, "the request did not come in time") : refusal_of(failure);
  } else if (!received.refusal) {
    received.message = parser.release();
  }
  co_return received;
}

/// False when there will be no request. A peer that says nothing is in no request, so it is not told that it is late.
asio::awaitable<bool> Connection::wait_for_bytes() {
  if (buffer_.size() > 0) co_return true;
  read_for(is_first_ ? limits_.request : limits_.idle);
  const auto [failure, size] = co_await stream_.async_read_some(buffer_.prepare(read_size), as_result);
  throw_if_cancelled(failure);
  buffer_.commit(size);
  co_return !failure;
}

asio::awaitable<Response> Connection::answer(HttpRequest message) {
  Understood understood = understand(message);
  Response response;
  if (understood.refusal) {
    response = std::move(*understood.refusal);
  } else {
    understood.request.peer = peer_;
    response = co_await handler_(std::move(understood.request));
  }
  const bool is_read = message.method() == http::verb::get || message.method() == http::verb::head;
  const bool is_stranger = peer_.pid == 0;  // over TCP, where nothing changes: whoever likes could fill the log
  spdlog::log(is_read || is_stranger ? spdlog::level::debug : spdlog::level::info, "api: {} {} {} by uid {} pid {}",
              std::string(message.method_string()), std::string(message.target().substr(0, 200)), response.status,
              peer_.uid, peer_.pid);
  co_return response;
}

/// False when the peer is gone.
asio::awaitable<bool> Connection::write_whole(Response response, bool keep_alive, bool is_head) {
  stream_.expires_after(limits_.write);
  http::response<http::string_body> message = head_of<http::string_body>(response, keep_alive);
  // The length of a stream is not known, not even to HEAD.
  message.body() = std::move(response.body);
  if (!response.stream) message.prepare_payload();
  http::response_serializer<http::string_body> serializer(message);
  error_code failure;
  std::size_t size = 0;
  if (is_head) {
    std::tie(failure, size) = co_await http::async_write_header(stream_, serializer, as_result);
  } else {
    std::tie(failure, size) = co_await http::async_write(stream_, serializer, as_result);
  }
  throw_if_cancelled(failure);
  tell_of_deaf_peer(failure);
  stream_.expires_never();
  co_return !failure;
}

asio::awaitable<void> Connection::write_stream(Response response, bool is_chunked) {
  http::response<http::empty_body> message = head_of<http::empty_body>(response, false);
  message.chunked(is_chunked);
  http::response_serializer<http::empty_body> serializer(message);
  stream_.expires_after(limits_.write);
  auto [failure, size] = co_await http::async_write_header(stream_, serializer, as_result);
  while (!failure && !has_hung_up(stream_.socket())) {
    stream_.expires_never();
    const std::string piece = co_await response.stream->next();
    if (piece.empty()) continue;
    stream_.expires_after(limits_.write);
    if (is_chunked) {
      std::tie(failure, size) = co_await asio::async_write(stream_, http::make_chunk(asio::buffer(piece)), as_result);
    } else {
      std::tie(failure, size) = co_await asio::async_write(stream_, asio::buffer(piece), as_result);
    }
  }
  throw_if_cancelled(failure);
  tell_of_deaf_peer(failure);
}

void Connection::tell_of_deaf_peer(const error_code& failure) const {
  if (failure != boost::beast::error::timeout) return;
  spdlog::info("api: uid {} pid {} is dropped: it did not read its answer within {} s", peer_.uid, peer_.pid,
               std::chrono::duration_cast<std::chrono::seconds>(limits_.write).count());
}

/// Reading ends when the time is over, as if the peer had finished sending. Beast's own clock would close the socket,
/// and the peer could not be told why.
void Connection::read_for(std::chrono::milliseconds time) {
  reading_clock_.expires_after(time);
  reading_clock_.async_wait([weak = weak_from_this()](const error_code& stopped) {
    const auto self = weak.lock();
    // A clock that was set again may have run out just before, its news being under way.
    if (stopped || !self || self->reading_clock_.expiry() > std::chrono::steady_clock::now()) return;
    self->is_late_ = true;
    error_code ignored;
    self->stream_.socket().shutdown(Socket::shutdown_receive, ignored);
  });
}

void Connection::stop_reading_clock() { reading_clock_.expires_at(std::chrono::steady_clock::time_point::max()); }

}  // namespace tally::api
