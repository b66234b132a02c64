#include "tests/api/api_client.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/api/openapi_exchange.hpp"

namespace tally::api_tests {
namespace asio = boost::asio;
using boost::system::error_code;

class Client::Impl {
 public:
  asio::io_context context;
  asio::generic::stream_protocol::socket socket{context};
  std::string read;
};

Client::Client(const std::filesystem::path& socket) : impl_(std::make_unique<Impl>()) {
  impl_->socket.connect(asio::local::stream_protocol::endpoint(socket.string()));
}

Client::Client(std::uint16_t port) : impl_(std::make_unique<Impl>()) {
  impl_->socket.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
}

Client::~Client() = default;

void Client::send(const std::string& text) {
  error_code failure;
  asio::write(impl_->socket, asio::buffer(text), failure);
}

std::string Client::read_all() {
  std::string text;
  error_code failure;
  asio::read(impl_->socket, asio::dynamic_buffer(text), failure);
  return text;
}

std::string Client::read_until(const std::string& mark) {
  error_code failure;
  char piece[4096];
  while (impl_->read.find(mark) == std::string::npos) {
    const std::size_t size = impl_->socket.read_some(asio::buffer(piece), failure);
    if (failure) break;
    impl_->read.append(piece, size);
  }
  return impl_->read;
}

void Client::finish_sending() { impl_->socket.shutdown(asio::socket_base::shutdown_send); }

void Client::close() { impl_->socket.close(); }

std::string HttpAnswer::header(const std::string& name) const {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + 2 + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

HttpAnswer ask(const std::filesystem::path& socket, const std::string& method, const std::string& target,
               const std::string& body) {
  Client client(socket);
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(text + "\r\n" + body);
  return answer_of(client.read_all());
}

HttpAnswer answer_of(const std::string& said) {
  HttpAnswer answer;
  if (said.empty()) return answer;
  answer.status = std::stoi(said.substr(9, 3));
  const std::size_t end = said.find("\r\n\r\n");
  answer.head = said.substr(0, end);
  answer.text = said.substr(end + 4);
  const bool is_json = answer.header("Content-Type").find("json") != std::string::npos;
  if (is_json && !answer.text.empty()) answer.body = boost::json::parse(answer.text);
  if (answer.status < 400 || answer.text.empty()) return answer;
  // Catch takes one thread at a time, and this may be another than the test's: it is told of faults only.
  const std::string fault = fault_of_refusal(answer.status, answer.header("Content-Type"), answer.text);
  if (!fault.empty()) FAIL_CHECK(said + "\n" + fault);
  return answer;
}

}  // namespace tally::api_tests
