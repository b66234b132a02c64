#include "ssh/forward.hpp"

#include <libssh/libssh.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace tally {
namespace asio = boost::asio;
using asio::posix::descriptor_base;

namespace {
constexpr std::size_t most_held = std::size_t{64} * 1024;  // a way: beyond it the sender has to wait
constexpr std::uint32_t most_forwarded_at_once = 16 * 1024;
constexpr int lost = -1;

/// Bytes read, 0 for none now, `lost` at the end.
int read_some(int socket, char* data, std::size_t size) {
  const ssize_t got = recv(socket, data, size, MSG_DONTWAIT);
  if (got > 0) return static_cast<int>(got);
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : lost;
}
}  // namespace

Forward::Forward(SshSession& bastion, Channel channel)
    : bastion_(bastion),
      channel_(std::move(channel)),
      our_end_(bastion.socket().get_executor()),
      socket_(bastion.socket().get_executor()) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  our_end_.assign(pair[0]);
  socket_.assign(pair[1]);
}

asio::awaitable<OrWords<std::unique_ptr<Forward>>> Forward::open(SshSession& bastion, std::string host, int port) {
  Channel channel(ssh_channel_new(bastion.handle()));
  if (channel == nullptr) co_return failed(bastion.failure_words());
  int result = SSH_AGAIN;
  while ((result = ssh_channel_open_forward(channel.get(), host.c_str(), port, "127.0.0.1", 0)) == SSH_AGAIN) {
    co_await bastion.ready();
  }
  if (result != SSH_OK) co_return failed(bastion.failure_words());
  co_return std::unique_ptr<Forward>(new Forward(bastion, std::move(channel)));
}

bool Forward::take_from_channel() {
  std::array<char, most_forwarded_at_once> buffer;
  while (inbound_.size() < most_held) {
    const int size = ssh_channel_read_nonblocking(channel_.get(), buffer.data(), most_forwarded_at_once, 0);
    if (size == SSH_EOF && inbound_.empty()) return false;
    if (size == SSH_ERROR) return false;
    if (size <= 0) return true;
    inbound_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return true;
}

bool Forward::give_to_socket() {
  while (!inbound_.empty()) {
    const ssize_t sent = send(socket_.native_handle(), inbound_.data(), inbound_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    inbound_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

bool Forward::give_to_channel() {
  std::array<char, most_forwarded_at_once> buffer;
  for (;;) {
    if (outbound_.empty()) {
      const int size = read_some(socket_.native_handle(), buffer.data(), buffer.size());
      if (size == lost) return false;
      if (size == 0) return true;
      outbound_.assign(buffer.data(), static_cast<std::size_t>(size));
    }
    if ((ssh_get_status(bastion_.handle()) & SSH_WRITE_PENDING) != 0) return true;
    const int sent = ssh_channel_write(channel_.get(), outbound_.data(), static_cast<std::uint32_t>(outbound_.size()));
    if (sent == SSH_ERROR) return false;
    if (sent == 0) return true;
    outbound_.erase(0, static_cast<std::size_t>(sent));
  }
}

asio::awaitable<void> Forward::ready() {
  using Wait = decltype(socket_.async_wait(descriptor_base::wait_read, asio::deferred));
  std::vector<Wait> waits;
  waits.push_back(bastion_.socket().async_wait(descriptor_base::wait_read, asio::deferred));
  if (bastion_.wants_to_write()) {
    waits.push_back(bastion_.socket().async_wait(descriptor_base::wait_write, asio::deferred));
  }
  if (outbound_.empty()) waits.push_back(socket_.async_wait(descriptor_base::wait_read, asio::deferred));
  if (!inbound_.empty()) waits.push_back(socket_.async_wait(descriptor_base::wait_write, asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(waits));
  co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
}

asio::awaitable<void> Forward::carry() {
  for (;;) {
    const std::uint64_t before = bastion_.bytes_received();
    const bool is_alive = take_from_channel() && give_to_socket() && give_to_channel();
    if (!is_alive) break;
    // libssh may hold more, or the end, for which there was no room.
    const bool has_more = inbound_.empty() && ssh_channel_poll(channel_.get(), 0) != 0;
    if (!has_more && bastion_.bytes_received() == before) co_await ready();
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace tally
