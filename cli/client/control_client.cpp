#include "cli/client/control_client.hpp"

#include <sysexits.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "store/error.hpp"

namespace tally::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = asio::local::stream_protocol;

constexpr unsigned http_1_1 = 11;

std::string at(const std::filesystem::path& socket, const std::string& why) { return socket.string() + ": " + why; }

[[noreturn]] void fail(const std::filesystem::path& socket, const std::string& why) {
  throw StoreError(at(socket, why), EX_UNAVAILABLE);
}

void connect(local::socket& socket, const std::filesystem::path& path) {
  boost::system::error_code failure;
  socket.connect(local::endpoint(path.string()), failure);
  if (failure == asio::error::access_denied) {
    throw NotAsked(at(path, "you may not use the daemon's socket; become root or join its group"), EX_NOPERM);
  }
  if (failure) {
    throw NotAsked(at(path, "no daemon answers there (" + failure.message() + "); is tallyd running?"), EX_UNAVAILABLE);
  }
}

ControlReply ask_once(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                      const std::string& body, std::chrono::steady_clock::time_point deadline) {
  asio::io_context context;
  beast::basic_stream<local> stream(context);
  connect(stream.socket(), socket);
  stream.expires_at(deadline);

  http::request<http::string_body> request;
  request.version(http_1_1);
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = body;
  request.prepare_payload();
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  boost::system::error_code failure;
  http::async_write(stream, request, [&](boost::system::error_code written, std::size_t) {
    failure = written;
    // Who has no room for us says so without reading, and hangs up.
    if (failure && failure != asio::error::broken_pipe && failure != asio::error::connection_reset) return;
    http::async_read(stream, buffer, parser, [&](boost::system::error_code read, std::size_t) { failure = read; });
  });
  context.run();
  if (failure == beast::error::timeout) fail(socket, "the daemon did not answer in time");
  if (failure) fail(socket, "the daemon hung up without an answer (" + failure.message() + "); its log may say why");

  ControlReply reply;
  reply.status = static_cast<int>(parser.get().result_int());
  boost::system::error_code not_json;
  reply.body = boost::json::parse(parser.get().body(), not_json);
  reply.location = std::string(parser.get()[http::field::location]);
  return reply;
}

/// What a probe or a check that is over was for.
ControlReply result_in(ControlReply seen) {
  const boost::json::object* result = seen.part("result");
  seen.body = result == nullptr ? boost::json::value() : boost::json::value(*result);
  return seen;
}

ControlReply follow_until(const std::filesystem::path& socket, const std::string& location,
                          std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    ControlReply seen = ask_once(socket, "GET", location + "?wait_s=8", "", deadline);
    if (!seen.is_ok()) return seen;
    if (is_under_way(seen)) continue;
    const auto failure = failure_in(seen);
    return failure ? *failure : result_in(std::move(seen));
  }
}

}  // namespace

ControlReply send_to_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                            const std::string& body, std::chrono::seconds deadline) {
  return ask_once(socket, method, target, body, std::chrono::steady_clock::now() + deadline);
}

ControlReply ask_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                        std::chrono::seconds deadline) {
  const auto give_up_at = std::chrono::steady_clock::now() + deadline;
  ControlReply reply = ask_once(socket, method, target, "", give_up_at);
  const bool is_to_be_followed = reply.goes_on() && !reply.location.empty();
  return is_to_be_followed ? follow_until(socket, reply.location, give_up_at) : reply;
}

ControlReply follow(const std::filesystem::path& socket, const std::string& location, std::chrono::seconds deadline) {
  return follow_until(socket, location, std::chrono::steady_clock::now() + deadline);
}

}  // namespace tally::cli
