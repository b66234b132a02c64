#include "net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/version.hpp>
#include <vector>

#include "net/decoded_body.hpp"

namespace tally {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_limit = 64 * 1024;
constexpr int most_interim_answers = 8;
constexpr std::size_t read_size = 64 * 1024;  // Beast asks for 512 bytes at a time of a buffer without room

using Opened = tl::expected<std::unique_ptr<Connection>, WireFailure>;
using Answered = tl::expected<WireResponse, WireFailure>;

/// A failure of one stage; a cancellation is thrown instead.
tl::unexpected<WireFailure> failed(const std::string& peer, const char* stage, const error_code& code,
                                   bool is_before_answer = false) {
  if (code == asio::error::operation_aborted) throw boost::system::system_error(code);
  std::string why = code.message();
  if (code == beast::error::timeout) why = "no answer in time";
  if (code == http::error::body_limit) why = "the body is larger than allowed";
  if (code == http::error::partial_message || code == asio::ssl::error::stream_truncated) why = "cut off";
  if (code == http::error::end_of_stream) why = "closed without an answer";
  if (code == boost::system::errc::illegal_byte_sequence) why = "the body is not the gzip that it claims to be";
  if (code == boost::system::errc::not_supported) why = "the body has an encoding that was not asked for";
  return tl::unexpected(WireFailure{peer + ": " + stage + ": " + why, is_before_answer});
}

/// What getaddrinfo may still be writing to when nobody waits for it any more.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool is_finished = false;
  error_code failure;
  tcp::resolver::results_type results;
};

/// Where a call's bytes go: the origin, or the proxy before it.
struct Hop {
  std::string host;
  std::string port;
  std::string name;  // in messages
  bool is_local_only = false;
};

Hop first_hop(const Call& call) {
  if (call.proxy == nullptr) return {call.url.host, call.url.port, call.url.host, !call.url.is_tls};
  return {call.proxy->host, call.proxy->port, "proxy " + call.proxy->host + ":" + call.proxy->port, false};
}

/// A look-up cannot be cancelled (it blocks a thread of Asio's own), so a late one is abandoned.
asio::awaitable<tl::expected<std::vector<tcp::endpoint>, WireFailure>> resolve(
    Hop hop, std::chrono::steady_clock::time_point deadline) {
  std::vector<tcp::endpoint> endpoints;
  error_code failure;
  const auto address = asio::ip::make_address(hop.host, failure);
  if (!failure) {
    endpoints.emplace_back(address, static_cast<std::uint16_t>(std::stoi(hop.port)));
    co_return endpoints;
  }
  auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(hop.host, hop.port, [lookup](error_code code, tcp::resolver::results_type results) {
    lookup->is_finished = true;
    lookup->failure = code;
    lookup->results = std::move(results);
    lookup->done.cancel();
  });
  const auto [waited] = co_await lookup->done.async_wait(as_result);
  if (!lookup->is_finished) {
    co_return failed(hop.name, "resolve", waited ? waited : error_code(beast::error::timeout));
  }
  if (lookup->failure) co_return failed(hop.name, "resolve", lookup->failure);
  for (const auto& entry : lookup->results) {
    if (!hop.is_local_only || entry.endpoint().address().is_loopback()) endpoints.push_back(entry.endpoint());
  }
  if (endpoints.empty()) co_return failed(hop.name, "resolve", asio::error::host_not_found);
  co_return endpoints;
}

http::request<http::string_body> to_beast(const Request& request, const HttpUrl& url) {
  http::request<http::string_body> message;
  message.version(11);
  message.target(url.target);
  switch (request.method) {
    case Method::get: message.method(http::verb::get); break;
    case Method::post: message.method(http::verb::post); break;
    case Method::put: message.method(http::verb::put); break;
    case Method::patch: message.method(http::verb::patch); break;
    case Method::delete_: message.method(http::verb::delete_); break;
  }
  message.set(http::field::host, url.host_header);
  message.set(http::field::user_agent, "tallyd/" TALLY_VERSION);
  message.set(http::field::accept, "application/json");
  message.set(http::field::accept_encoding, "gzip");
  for (const Header& header : request.headers) message.set(header.name, header.value.reveal());
  if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

/// Over `Stream`: beast::tcp_stream, or TLS on top of one.
template <class Stream>
class StreamConnection final : public Connection {
 public:
  explicit StreamConnection(Stream stream) : stream_(std::move(stream)) { buffer_.reserve(read_size); }

  Stream& stream() { return stream_; }
  [[nodiscard]] bool is_reusable() const override { return is_reusable_; }

  asio::awaitable<Answered> exchange(std::shared_ptr<const Call> call) override {
    const HttpUrl& url = call->url;
    is_reusable_ = false;
    beast::get_lowest_layer(stream_).expires_at(call->deadline);
    http::request<http::string_body> message = to_beast(call->request, url);
    const auto [write_failure, written] = co_await http::async_write(stream_, message, as_result);
    if (write_failure) co_return failed(url.host, "send", write_failure, true);
    for (int interim = 0; interim < most_interim_answers; ++interim) {
      http::response_parser<DecodedBody> parser;
      parser.body_limit(call->request.body_limit);
      parser.get().body().limit = call->request.body_limit;
      parser.header_limit(header_limit);
      const auto [read_failure, size] = co_await http::async_read(stream_, buffer_, parser, as_result);
      if (read_failure) co_return failed(url.host, "receive", read_failure, interim == 0 && !parser.got_some());
      if (parser.get().result_int() >= 200) co_return finish(parser.release());
    }
    co_return failed(url.host, "receive", http::error::bad_status);
  }

 private:
  Answered finish(http::response<DecodedBody> answer) {
    is_reusable_ = answer.keep_alive() && buffer_.size() == 0;
    beast::get_lowest_layer(stream_).expires_never();
    WireResponse response;
    response.status = static_cast<int>(answer.result_int());
    response.content_type = std::string(answer[http::field::content_type]);
    response.retry_after = std::string(answer[http::field::retry_after]);
    response.has_location = answer.find(http::field::location) != answer.end();
    response.body = std::move(answer.body().text);
    return response;
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  bool is_reusable_ = false;
};

using PlainConnection = StreamConnection<beast::tcp_stream>;
using TlsConnection = StreamConnection<beast::ssl_stream<beast::tcp_stream>>;

std::string handshake_words(SSL* ssl, const error_code& code) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return code.message();
  return std::string("the server's certificate is not trusted: ") + X509_verify_cert_error_string(verdict) +
         "; for a private authority, set ca_file";
}

using Failed = std::optional<WireFailure>;

/// Asks the proxy for a tunnel to the origin.
asio::awaitable<Failed> open_tunnel(beast::tcp_stream& stream, std::shared_ptr<const Call> call, std::string proxy) {
  const bool is_v6 = call->url.host.find(':') != std::string::npos;
  const std::string origin = (is_v6 ? "[" + call->url.host + "]" : call->url.host) + ":" + call->url.port;
  http::request<http::empty_body> request(http::verb::connect, origin, 11);
  request.set(http::field::host, origin);
  request.set(http::field::user_agent, "tallyd/" TALLY_VERSION);
  if (!call->proxy->authorization.empty()) {
    request.set(http::field::proxy_authorization, call->proxy->authorization.reveal());
  }
  const auto [write_failure, written] = co_await http::async_write(stream, request, as_result);
  if (write_failure) co_return failed(proxy, "CONNECT", write_failure, true).value();
  beast::flat_buffer buffer;
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
  const HttpUrl& url = call->url;
  const Hop hop = first_hop(*call);
  const auto endpoints = co_await resolve(hop, call->deadline);
  if (!endpoints) co_return tl::unexpected(endpoints.error());
  beast::tcp_stream plain(co_await asio::this_coro::executor);
  plain.expires_at(call->deadline);
  const auto [connect_failure, endpoint] = co_await plain.async_connect(*endpoints, as_result);
  if (connect_failure) co_return failed(hop.name, "connect", connect_failure, true);
  plain.socket().set_option(tcp::no_delay(true));
  if (call->proxy != nullptr) {
    if (Failed refused = co_await open_tunnel(plain, call, hop.name)) co_return tl::unexpected(std::move(*refused));
  }
  if (!url.is_tls) co_return std::make_unique<PlainConnection>(std::move(plain));

  auto connection = std::make_unique<TlsConnection>(beast::ssl_stream<beast::tcp_stream>(std::move(plain), *tls));
  auto& stream = connection->stream();
  error_code not_an_address;
  asio::ip::make_address(url.host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  const auto [handshake_failure] = co_await stream.async_handshake(asio::ssl::stream_base::client, as_result);
  if (handshake_failure) {
    tl::unexpected<WireFailure> failure = failed(url.host, "TLS", handshake_failure, true);
    if (handshake_failure != beast::error::timeout) {
      failure.value().message = url.host + ": TLS: " + handshake_words(stream.native_handle(), handshake_failure);
    }
    co_return failure;
  }
  co_return connection;
}

}  // namespace tally
