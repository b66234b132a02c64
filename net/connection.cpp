#include "net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/version.hpp>

#include "cloud/limits.hpp"
#include "net/raw_body.hpp"
#include "net/tls_words.hpp"
#include "runtime/dial.hpp"

namespace tally {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_limit = limits::answer_header;
constexpr int most_interim_answers = 8;
constexpr std::size_t read_size = 64U << 10U;  // Beast asks for 512 bytes at a time of a buffer without room
constexpr std::size_t buffer_limit = header_limit + read_size;  // also of one chunk's header, or of all trailers

using Opened = tl::expected<std::unique_ptr<HttpConnection>, WireFailure>;
using Answered = tl::expected<WireResponse, WireFailure>;

/// A failure of one stage; a cancellation is thrown instead.
tl::unexpected<WireFailure> failed(const std::string& peer, const char* stage, const error_code& code,
                                   bool is_before_answer = false) {
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
  std::string why = code.message();
  if (code == http::error::body_limit) why = "the body is larger than allowed";
  if (code == http::error::buffer_overflow || code == http::error::header_limit ||
      code == boost::system::errc::no_buffer_space) {
    why = "more bytes around the body (headers, chunk extensions, trailers) than allowed";
  }
  if (code == http::error::partial_message || code == asio::ssl::error::stream_truncated) why = "cut off";
  if (code == http::error::end_of_stream) why = "closed without an answer";
  if (code.category() == asio::error::get_ssl_category()) why = handshake_words(code);
  if (code == boost::system::errc::not_enough_memory) why = no_room_for_body;
  if (code == boost::system::errc::not_supported) why = "the body has an encoding that was not asked for";
  const bool is_lasting = code == http::error::body_limit || code == boost::system::errc::no_buffer_space ||
                          code == boost::system::errc::not_supported || code == boost::system::errc::not_enough_memory;
  return tl::unexpected(WireFailure{peer + ": " + stage + ": " + why, is_before_answer, is_lasting});
}

/// Where a call's bytes go: the origin, or the proxy before it.
struct Hop {
  std::string host;
  std::string port;
  std::string name;  // in messages
  bool is_local_only = false;
};

Hop first_hop(const Call& call) {
  const HttpUrl& url = call.request.url;
  if (call.proxy == nullptr) return {url.host, url.port, url.host, !url.is_tls};
  return {call.proxy->host, call.proxy->port, "proxy " + call.proxy->host + ":" + call.proxy->port, false};
}

/// A connected socket: the first address of the hop's name that answers.
asio::awaitable<tl::expected<tcp::socket, WireFailure>> reach(Hop hop, std::shared_ptr<CallProgress> progress) {
  const auto words_of = [&hop](const char* stage, const std::string& why) {
    return tl::unexpected(WireFailure{hop.name + ": " + stage + ": " + why, true});
  };
  progress->at = hop.name + ": resolve";
  auto endpoints = co_await resolve(hop.host, std::stoi(hop.port));
  if (!endpoints) co_return words_of("resolve", endpoints.error());
  if (hop.is_local_only) std::erase_if(*endpoints, [](const auto& each) { return !each.address().is_loopback(); });
  if (endpoints->empty()) co_return words_of("resolve", "no address of this machine has that name");
  progress->at = hop.name + ": connect";
  auto socket = co_await connect(std::move(*endpoints));
  if (!socket) co_return words_of("connect", socket.error());
  socket->set_option(tcp::no_delay(true));
  co_return std::move(*socket);
}

using Message = http::request<http::span_body<const char>>;

/// The request's body is not copied: it outlives the message.
Message to_beast(const OutgoingRequest& request) {
  Message message;
  message.version(11);
  message.target(request.url.target);
  message.method_string(request.method);
  for (const Header& header : request.headers) message.set(header.name, header.value.reveal());
  const std::string_view body = request.body.reveal();
  message.body() = Message::body_type::value_type(body.data(), body.size());
  message.prepare_payload();
  return message;
}

/// Over `Stream`: beast::tcp_stream, or TLS on top of one.
template <class Stream>
class StreamConnection final : public HttpConnection {
 public:
  explicit StreamConnection(Stream stream) : stream_(std::move(stream)), buffer_(buffer_limit) {}

  Stream& stream() { return stream_; }
  [[nodiscard]] bool is_reusable() const override { return is_reusable_; }

  asio::awaitable<Answered> exchange(std::shared_ptr<const Call> call) override {
    const std::string host = call->request.url.host;
    is_reusable_ = false;
    const Message message = to_beast(call->request);
    call->progress->at = host + ": send";
    call->progress->is_sent = true;
    const auto [write_failure, written] = co_await http::async_write(stream_, message, as_result);
    if (write_failure) co_return failed(host, "send", write_failure, true);
    call->progress->at = host + ": receive";
    buffer_.reserve(read_size);
    for (int interim = 0; interim < most_interim_answers; ++interim) {
      http::response_parser<RawBody> parser;
      parser.body_limit(call->body_limit);
      parser.get().body().limit = call->body_limit;
      parser.get().body().body.share = std::make_shared<BodyShare>(call->bodies);
      parser.header_limit(header_limit);
      parser.eager(true);
      error_code failure;
      std::uint64_t received = 0;
      while (!failure && !parser.is_done()) {
        const auto [code, size] = co_await http::async_read_some(stream_, buffer_, parser, as_result);
        received += size;
        failure = code;
        if (!failure && is_mostly_framing(received, parser.get().body().kept)) {
          failure = make_error_code(boost::system::errc::no_buffer_space);
        }
      }
      const unsigned status = parser.get().result_int();
      const bool is_cut = failure == http::error::body_limit && is_error_status(status);
      if (failure && !is_cut) {
        co_return failed(host, "receive", failure, interim == 0 && !parser.got_some());
      }
      if (status >= 200) co_return finish(parser.release(), is_cut);
    }
    co_return failed(host, "receive", http::error::bad_status);
  }

 private:
  static bool is_mostly_framing(std::uint64_t received, std::uint64_t body) {
    return received - body > std::max<std::uint64_t>(body, limits::answer_framing);
  }

  Answered finish(http::response<RawBody> answer, bool is_cut) {
    is_reusable_ = !is_cut && answer.keep_alive() && buffer_.size() == 0;
    buffer_.shrink_to_fit();  // it may be idle for long
    WireResponse response;
    response.status = static_cast<int>(answer.result_int());
    for (const auto& field : answer) {
      response.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(answer.body().body);
    return response;
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  bool is_reusable_ = false;
};

using PlainConnection = StreamConnection<beast::tcp_stream>;
using TlsConnection = StreamConnection<beast::ssl_stream<beast::tcp_stream>>;

using Failed = std::optional<WireFailure>;

/// Asks the proxy for a tunnel to the origin.
asio::awaitable<Failed> open_tunnel(beast::tcp_stream& stream, std::shared_ptr<const Call> call, std::string proxy) {
  const HttpUrl& url = call->request.url;
  const bool is_v6 = url.host.find(':') != std::string::npos;
  const std::string origin = (is_v6 ? "[" + url.host + "]" : url.host) + ":" + url.port;
  call->progress->at = proxy + ": CONNECT";
  http::request<http::empty_body> request(http::verb::connect, origin, 11);
  request.set(http::field::host, origin);
  request.set(http::field::user_agent, "tallyd/" TALLY_VERSION);
  if (!call->proxy->authorization.empty()) {
    request.set(http::field::proxy_authorization, call->proxy->authorization.reveal());
  }
  const auto [write_failure, written] = co_await http::async_write(stream, request, as_result);
  if (write_failure) co_return failed(proxy, "CONNECT", write_failure, true).value();
  beast::flat_buffer buffer(buffer_limit);
  http::response_parser<http::empty_body> parser;
  parser.header_limit(header_limit);
  parser.skip(true);  // what follows a 2xx is the tunnel, not a body
  const auto [read_failure, size] = co_await http::async_read_header(stream, buffer, parser, as_result);
  if (read_failure) co_return failed(proxy, "CONNECT", read_failure, true).value();
  const unsigned status = parser.get().result_int();
  if (status >= 200 && status < 300 && buffer.size() == 0) co_return std::nullopt;
  WireFailure refused{proxy + ": opens no tunnel to " + origin + ": status " + std::to_string(status), true};
  if (status == 407) refused.message += "; the proxy wants a user and password, or others than were given";
  co_return refused;
}

}  // namespace

asio::awaitable<Opened> open_connection(std::shared_ptr<const Call> call, std::shared_ptr<asio::ssl::context> tls) {
  const HttpUrl& url = call->request.url;
  const Hop hop = first_hop(*call);
  auto socket = co_await reach(hop, call->progress);
  if (!socket) co_return tl::unexpected(std::move(socket.error()));
  beast::tcp_stream plain(std::move(*socket));
  if (call->proxy != nullptr) {
    if (Failed refused = co_await open_tunnel(plain, call, hop.name)) co_return tl::unexpected(std::move(*refused));
  }
  if (!url.is_tls) co_return std::make_unique<PlainConnection>(std::move(plain));

  auto connection = std::make_unique<TlsConnection>(beast::ssl_stream<beast::tcp_stream>(std::move(plain), *tls));
  auto& stream = connection->stream();
  const CertificateFault fault(url.host);
  expect_host(stream.native_handle(), url.host);
  stream.set_verify_callback(fault);
  call->progress->at = url.host + ": TLS";
  const auto [handshake_failure] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
  if (handshake_failure) {
    tl::unexpected<WireFailure> failure = failed(url.host, "TLS", handshake_failure, true);
    if (!fault.words().empty()) failure.value().message = url.host + ": TLS: " + fault.words();
    co_return failure;
  }
  co_return connection;
}

}  // namespace tally
