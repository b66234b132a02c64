// A client of the control API that says exactly what a test says. The only unit of these tests that sends anything.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tally::api_tests {

class Client {
 public:
  /// Connects at once.
  explicit Client(const std::filesystem::path& socket);
  /// On TCP, at 127.0.0.1.
  explicit Client(std::uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& text);

  /// Everything until the server closes.
  std::string read_all();
  std::string read_until(const std::string& mark);
  void finish_sending();
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct HttpAnswer {
  int status = 0;  // 0: hung up on without a word
  std::string head;
  std::string text;         // the body as it came
  boost::json::value body;  // when it is JSON

  /// Of a header; "" when there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// What a server said until it hung up. An answer that says no is held against docs/openapi.yaml, and fails the test
/// when it is not as described there. (What the API answers to a request that it understands, the site looks at.)
HttpAnswer answer_of(const std::string& said);

/// One request on a connection of its own.
HttpAnswer ask(const std::filesystem::path& socket, const std::string& method, const std::string& target,
               const std::string& body = "");

}  // namespace tally::api_tests
