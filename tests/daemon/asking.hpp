// Requests of a test to the programs it runs.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/daemon/programs.hpp"
#include "tests/fakes/await.hpp"

namespace tally::fakes {

/// Sends a request without its last header lines and answers all that comes until the peer closes.
template <class Socket>
std::string ask(Socket& socket, const std::string& request, const std::string& body = "") {
  namespace asio = boost::asio;
  asio::write(socket, asio::buffer(request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

inline std::string ask_daemon(const std::filesystem::path& socket_file, const std::string& method,
                              const std::string& target) {
  boost::asio::io_context context;
  boost::asio::local::stream_protocol::socket socket(context);
  socket.connect(socket_file.string());
  return ask(socket, method + " " + target);
}

/// Sends that to a simulated cloud's control (simcloud/control.hpp); its answer's body. Throws when it does not take
/// it.
inline std::string ask_control(const Cloud& cloud, const std::string& request, const std::string& body = "") {
  const std::string authority = cloud.endpoint().substr(7, cloud.endpoint().find('/', 7) - 7);
  const auto colon = authority.find(':');
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket socket(context);
  boost::asio::ip::tcp::resolver resolver(context);
  boost::asio::connect(socket, resolver.resolve(authority.substr(0, colon), authority.substr(colon + 1)));
  const std::string answer = ask(socket, request, body);
  if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error(answer);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

/// POST /control/WHAT.
inline void command(const Cloud& cloud, const std::string& what, const boost::json::object& body) {
  ask_control(cloud, "POST /control/" + what, boost::json::serialize(body));
}

/// GET /control/WHAT.
inline boost::json::value look(const Cloud& cloud, const std::string& what) {
  return boost::json::parse(ask_control(cloud, "GET /control/" + what));
}

/// Once it has been asked so often: for an operation, by its name ("operations"), or for a path ("counters").
inline void await_count(const Cloud& cloud, const std::string& of, const std::string& what, int times) {
  await(std::to_string(times) + " times " + what, [&] {
    const boost::json::value counts = look(cloud, of);
    const auto* count = counts.as_object().if_contains(what);
    return count != nullptr && count->to_number<int>() >= times;
  });
}

}  // namespace tally::fakes
