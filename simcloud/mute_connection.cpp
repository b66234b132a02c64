// Connections that never come to speak SSH.
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "simcloud/ssh_connection.hpp"

namespace tally::simcloud {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds tarpit_pause{1};
constexpr std::size_t long_banner = 1U << 20U;

class MuteConnection final : public SshConnection, public std::enable_shared_from_this<MuteConnection> {
 public:
  MuteConnection(tcp::socket socket, SshFault fault)
      : socket_(std::move(socket)), pause_(socket_.get_executor()), fault_(fault) {}

  void start(std::function<void()> on_end) override {
    on_end_ = std::move(on_end);
    listen();
    if (fault_ == SshFault::tarpit) drip();
    if (fault_ == SshFault::banner) send_long_banner();
  }

  void close() override {
    error_code ignored;
    pause_.cancel();
    socket_.close(ignored);
    if (const auto on_end = std::exchange(on_end_, nullptr)) on_end();
  }

 private:
  /// Hears the client, to notice when it leaves.
  void listen() {
    socket_.async_read_some(asio::buffer(heard_), [self = shared_from_this()](const error_code& failure, std::size_t) {
      if (failure) return self->close();
      self->listen();
    });
  }

  void drip() {
    asio::async_write(socket_, asio::buffer("x", 1),
                      [self = shared_from_this()](const error_code& failure, std::size_t) {
                        if (failure) return;
                        self->pause_.expires_after(tarpit_pause);
                        self->pause_.async_wait([self](const error_code& stopped) {
                          if (!stopped) self->drip();
                        });
                      });
  }

  void send_long_banner() {
    text_ = "SSH-2.0-" + std::string(long_banner, 'x') + "\r\n";
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](const error_code&, std::size_t) {});
  }

  tcp::socket socket_;
  asio::steady_timer pause_;
  SshFault fault_;
  std::string text_;
  std::array<char, 512> heard_{};
  std::function<void()> on_end_;
};

}  // namespace

std::shared_ptr<SshConnection> make_mute_connection(tcp::socket socket, SshFault fault) {
  return std::make_shared<MuteConnection>(std::move(socket), fault);
}

}  // namespace tally::simcloud
