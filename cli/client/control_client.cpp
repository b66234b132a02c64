#include "cli/client/control_client.hpp"

#include <fmt/format.h>
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
#include <boost/json/value_to.hpp>
#include <optional>

#include "store/error.hpp"

namespace tally::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using local = asio::local::stream_protocol;

constexpr unsigned http_1_1 = 11;
constexpr int goes_on = 202;
constexpr int failed = 500;

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

/// What an operation that is over came to; nothing while it goes on.
std::optional<ControlReply> outcome_of(const ControlReply& seen) {
  if (!seen.is_ok() || !seen.body.is_object()) return seen;
  const auto& document = seen.body.get_object();
  const auto& operation = document.at("operation").as_object();
  if (operation.at("finished_at_ms").is_null()) return std::nullopt;
  ControlReply outcome;
  const bool is_failed = operation.at("error").is_string();
  outcome.status = is_failed ? failed : seen.status;
  if (is_failed) {
    outcome.body = {{"detail", operation.at("error")}, {"kind", operation.at("error_kind")}};
  } else {
    outcome.body = document.at("result");
  }
  return outcome;
}

ControlReply follow_until(const std::filesystem::path& socket, const std::string& location,
                          std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const ControlReply seen = ask_once(socket, "GET", location + "?wait_s=8", "", deadline);
    if (const auto outcome = outcome_of(seen)) return *outcome;
  }
}

}  // namespace

std::string text_of(const boost::json::object* object, std::string_view member) {
  const auto* value = object == nullptr ? nullptr : object->if_contains(member);
  return value != nullptr && value->is_string() ? boost::json::value_to<std::string>(*value) : std::string();
}

std::string ControlReply::text(const std::string& member) const { return text_of(body.if_object(), member); }

std::string ControlReply::detail() const {
  const std::string said = text("detail");
  return said.empty() ? fmt::format("the daemon answered with status {}", status) : said;
}

ControlReply send_to_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                            const std::string& body, std::chrono::seconds deadline) {
  return ask_once(socket, method, target, body, std::chrono::steady_clock::now() + deadline);
}

ControlReply ask_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                        std::chrono::seconds deadline) {
  const auto give_up_at = std::chrono::steady_clock::now() + deadline;
  ControlReply reply = ask_once(socket, method, target, "", give_up_at);
  const bool is_to_be_followed = reply.status == goes_on && !reply.location.empty();
  return is_to_be_followed ? follow_until(socket, reply.location, give_up_at) : reply;
}

ControlReply follow(const std::filesystem::path& socket, const std::string& location, std::chrono::seconds deadline) {
  return follow_until(socket, location, std::chrono::steady_clock::now() + deadline);
}

}  // namespace tally::cli
