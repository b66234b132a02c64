#include "daemon/api/server.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <optional>

namespace tally::api {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using local = asio::local::stream_protocol;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_limit = 16 * 1024;
constexpr std::uint64_t body_limit = 256 * 1024;
constexpr int most_connections = 128;
constexpr std::chrono::seconds request_deadline{10};  // from the first byte, or the connection's start, to the last
constexpr std::chrono::seconds idle_deadline{60};
constexpr std::chrono::seconds write_deadline{30};

using Connection = beast::basic_stream<local>;

struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};

Peer peer_of(local::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size);
  return {credentials.uid, credentials.pid};
}

bool is_utf8(const std::string& text) { return simdjson::validate_utf8(text.data(), text.size()); }

/// The request, or why it cannot be read.
struct Understood {
  Request request;
  std::optional<Response> refusal;
};

Understood understand(const http::request<http::string_body>& message) {
  Understood understood;
  Request& request = understood.request;
  request.method = std::string(message.method_string());
  request.last_event_id = std::string(message["Last-Event-ID"]);
  request.body = message.body();
  const auto target = boost::urls::parse_origin_form({message.target().data(), message.target().size()});
  if (!target) {
    understood.refusal = problem(400, "the request's target is no path with a query");
    return understood;
  }
  for (const auto& segment : target->segments()) {
    request.path.push_back(segment);
    if (!is_utf8(request.path.back())) understood.refusal = problem(400, "the path is not UTF-8");
  }
  for (const auto& parameter : target->params()) {
    if (!is_utf8(parameter.key) || !is_utf8(parameter.value)) {
      understood.refusal = problem(400, "a parameter is not UTF-8");
    } else if (!request.query.emplace(parameter.key, parameter.value).second) {
      understood.refusal = problem(400, "is given more than once", parameter.key);
    }
  }
  return understood;
}

/// The answer to a message that HTTP itself forbids; nothing when the peer just went away.
std::optional<Response> refusal_of(const error_code& failure) {
  if (failure == http::error::header_limit) return problem(431, "the request's header is larger than 16 KiB");
  if (failure == http::error::body_limit) return problem(413, "the request's body is larger than 256 KiB");
  if (failure == beast::error::timeout) return problem(408, "the request did not come within 10 seconds");
  if (failure == http::error::end_of_stream || failure == http::error::partial_message) return std::nullopt;
  if (failure.category() == make_error_code(http::error::bad_method).category()) {
    return problem(400, "the request is not HTTP/1.1: " + failure.message());
  }
  return std::nullopt;
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
  message.keep_alive(keep_alive);
  return message;
}

/// False when the connection is over.
asio::awaitable<bool> write_whole(Connection& connection, const Response& response, bool keep_alive, bool is_head) {
  connection.expires_after(write_deadline);
  http::response<http::string_body> message = head_of<http::string_body>(response, keep_alive);
  message.body() = response.body;
  message.prepare_payload();
  http::response_serializer<http::string_body> serializer(message);
  if (is_head) {
    const auto [failure, size] = co_await http::async_write_header(connection, serializer, as_result);
    co_return !failure && keep_alive;
  }
  const auto [failure, size] = co_await http::async_write(connection, serializer, as_result);
  co_return !failure && keep_alive;
}

asio::awaitable<void> write_stream(Connection& connection, Response& response) {
  connection.expires_after(write_deadline);
  http::response<http::empty_body> message = head_of<http::empty_body>(response, false);
  message.chunked(true);
  http::response_serializer<http::empty_body> serializer(message);
  const auto [failure, size] = co_await http::async_write_header(connection, serializer, as_result);
  if (failure) co_return;
  for (;;) {
    connection.expires_never();
    const std::string piece = co_await response.stream->next();
    connection.expires_after(write_deadline);
    const auto [cut, written] =
        co_await asio::async_write(connection, http::make_chunk(asio::buffer(piece)), as_result);
    if (cut) co_return;
  }
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw SocketError(fmt::format("{}: {}; the control API is off", path.string(), why));
}

local::acceptor listen_at(asio::io_context& context, const std::filesystem::path& path) {
  error_code failure;
  std::filesystem::create_directories(path.parent_path(), failure);
  if (path.string().size() >= sizeof(sockaddr_un::sun_path)) refuse(path, "the socket's path is too long");
  const local::endpoint endpoint(path.string());
  local::socket probe(context);
  probe.connect(endpoint, failure);
  if (!failure) refuse(path, "another tallyd listens there");
  if (failure == asio::error::connection_refused) std::filesystem::remove(path, failure);
  local::acceptor acceptor(context);
  acceptor.open(endpoint.protocol());
  const mode_t before = umask(0117);  // 0660 from the first moment
  acceptor.bind(endpoint, failure);
  umask(before);
  if (!failure) acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) refuse(path, failure.message());
  return acceptor;
}

}  // namespace

Server::Server(asio::io_context& context, std::filesystem::path socket, Tasks& tasks, Handler handler)
    : path_(std::move(socket)), acceptor_(listen_at(context, path_)), tasks_(tasks), handler_(std::move(handler)) {}

Server::~Server() {
  std::error_code gone;
  std::filesystem::remove(path_, gone);
}

asio::awaitable<void> Server::run() {
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_result);
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    // Out of descriptors, or a peer that was gone at once: neither ends the server.
    if (failure) continue;
    tasks_.spawn("api connection", serve(std::move(socket)));
  }
}

asio::awaitable<void> Server::serve(Socket socket) {
  struct Count {
    explicit Count(int& of) : count(of) { ++count; }
    ~Count() { --count; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    int& count;
  };
  const Count count(connections_);
  const Peer peer = peer_of(socket);
  Connection connection(std::move(socket));
  if (connections_ > most_connections) {
    const Response full = problem(503, "too many connections");
    co_await write_whole(connection, full, false, false);
    co_return;
  }
  beast::flat_buffer buffer(header_limit + body_limit);
  for (bool is_first = true;; is_first = false) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(header_limit);
    parser.body_limit(body_limit);
    // Between requests a peer may be idle for long, within one it may not.
    connection.expires_after(is_first || buffer.size() > 0 ? request_deadline : idle_deadline);
    auto [failure, size] = co_await http::async_read_header(connection, buffer, parser, as_result);
    if (!failure && !parser.is_done()) {
      connection.expires_after(request_deadline);
      std::tie(failure, size) = co_await http::async_read(connection, buffer, parser, as_result);
    }
    if (failure == asio::error::operation_aborted) throw boost::system::system_error(failure);
    if (failure) {
      const bool was_idle = failure == beast::error::timeout && !parser.got_some();
      const std::optional<Response> refusal = was_idle ? std::nullopt : refusal_of(failure);
      if (refusal) co_await write_whole(connection, *refusal, false, false);
      co_return;
    }
    const http::request<http::string_body> message = parser.release();
    Understood understood = understand(message);
    Response response;
    if (understood.refusal) {
      response = std::move(*understood.refusal);
    } else {
      response = co_await handler_(std::move(understood.request));
    }
    const bool is_read = message.method() == http::verb::get || message.method() == http::verb::head;
    spdlog::log(is_read ? spdlog::level::debug : spdlog::level::info, "api: {} {} {} by uid {} pid {}",
                std::string(message.method_string()), std::string(message.target().substr(0, 200)), response.status,
                peer.uid, peer.pid);
    if (response.stream) {
      co_await write_stream(connection, response);
      co_return;
    }
    const bool is_head = message.method() == http::verb::head;
    if (!co_await write_whole(connection, response, message.keep_alive(), is_head)) co_return;
  }
}

}  // namespace tally::api
