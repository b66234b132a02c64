// Servers that are no SSH servers, or bad ones, written with Asio on a thread of their own; and a proxy that spoils
// what a real server says.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace tally::fakes {

using StrangerSocket = std::shared_ptr<boost::asio::ip::tcp::socket>;
using Behaviour = std::function<boost::asio::awaitable<void>(StrangerSocket)>;

/// Listens on a free port of 127.0.0.1 and lets each connection be served by `behaviour`, until destroyed. What the
/// behaviour throws closes its connection.
class Stranger {
 public:
  explicit Stranger(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    boost::asio::co_spawn(context_, serve(), boost::asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Stranger() {
    context_.stop();
    thread_.join();
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::awaitable<void> serve() {
    for (;;) {
      auto socket =
          std::make_shared<boost::asio::ip::tcp::socket>(co_await acceptor_.async_accept(boost::asio::use_awaitable));
      boost::asio::co_spawn(context_, behaviour_(std::move(socket)), [](std::exception_ptr) {});
    }
  }

  Behaviour behaviour_;
  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_{context_,
                                           boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

inline boost::asio::awaitable<void> say(StrangerSocket socket, std::string text) {
  co_await boost::asio::async_write(*socket, boost::asio::buffer(text), boost::asio::use_awaitable);
}

/// Reads and forgets until the other side closes.
inline boost::asio::awaitable<void> listen_for_ever(StrangerSocket socket) {
  std::array<char, 4096> buffer;
  for (;;) co_await socket->async_read_some(boost::asio::buffer(buffer), boost::asio::use_awaitable);
}

/// Whatever one side of a connection said next; changes it, and answers whether the connection goes on after it.
using Spoiler = std::function<bool(std::string& said)>;

inline boost::asio::awaitable<void> pass_on(StrangerSocket from, StrangerSocket to, Spoiler spoil) {
  std::array<char, 4096> buffer;
  for (bool goes_on = true; goes_on;) {
    const auto [failure, size] =
        co_await from->async_read_some(boost::asio::buffer(buffer), boost::asio::as_tuple(boost::asio::use_awaitable));
    if (failure) break;
    std::string said(buffer.data(), size);
    goes_on = spoil(said);
    const auto [lost, written] = co_await boost::asio::async_write(*to, boost::asio::buffer(said),
                                                                   boost::asio::as_tuple(boost::asio::use_awaitable));
    if (lost) break;
  }
  boost::system::error_code ignored;
  from->close(ignored);
  to->close(ignored);
}

/// Passes on to `port` what is said to it, and back what `make_spoiler()` makes of the answers.
inline Behaviour proxy_to(int port, std::function<Spoiler()> make_spoiler) {
  return [port, make_spoiler](StrangerSocket client) -> boost::asio::awaitable<void> {
    return [](StrangerSocket near, int to, Spoiler spoil) -> boost::asio::awaitable<void> {
      using boost::asio::ip::tcp;
      auto far = std::make_shared<tcp::socket>(near->get_executor());
      const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(to));
      co_await far->async_connect(endpoint, boost::asio::use_awaitable);
      const Spoiler nothing = [](std::string&) { return true; };
      boost::asio::co_spawn(near->get_executor(), pass_on(near, far, nothing), boost::asio::detached);
      co_await pass_on(far, near, std::move(spoil));
    }(std::move(client), port, make_spoiler());
  };
}

}  // namespace tally::fakes
