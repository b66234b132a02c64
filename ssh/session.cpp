#include "ssh/session.hpp"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <new>
#include <string_view>

#include "runtime/text.hpp"
#include "ssh/algorithms.hpp"
#include "ssh/host_key.hpp"
#include "ssh/text.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
// A server may say something before its version, and more before we are in; but not without end.
constexpr std::uint64_t most_before_version = std::uint64_t{64} * 1024;
constexpr std::uint64_t most_before_login = std::uint64_t{1024} * 1024;
constexpr std::size_t most_heard = 1024;
}  // namespace

struct SshSession::Traffic {
  ssh_counter_struct counter{};
};

SshSession::SshSession(Socket socket)
    : socket_(std::move(socket)), session_(ssh_new()), connected_(SSH_AGAIN), traffic_(std::make_unique<Traffic>()) {
  if (session_ == nullptr) throw std::bad_alloc();
  ssh_set_blocking(session_, 0);
  ssh_set_counters(session_, &traffic_->counter, nullptr);
}

SshSession::~SshSession() { ssh_free(session_); }  // closes libssh's own descriptor too

OrWords<std::unique_ptr<SshSession>> SshSession::over(Socket socket, const SshTarget& target) {
  std::unique_ptr<SshSession> session(new SshSession(std::move(socket)));
  if (session->set_options(target)) return session;
  return failed(session->failure_words());
}

bool SshSession::set_options(const SshTarget& target) {
  user_ = target.user;
  bool is_set = true;
  const auto set = [&](ssh_options_e option, const void* value) {
    is_set = is_set && ssh_options_set(session_, option, value) == SSH_OK;
  };
  // Nothing of this machine's own SSH: neither its configuration nor keys, agent or known hosts.
  const bool no = false;
  const int off = 0;
  set(SSH_OPTIONS_PROCESS_CONFIG, &no);
  set(SSH_OPTIONS_SSH_DIR, "/nonexistent");
  set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_IDENTITY_AGENT, "none");
  set(SSH_OPTIONS_GSSAPI_AUTH, &off);
  set(SSH_OPTIONS_PASSWORD_AUTH, &off);
  set(SSH_OPTIONS_KBDINT_AUTH, &off);

  set(SSH_OPTIONS_KEY_EXCHANGE, kex_algorithms);
  set(SSH_OPTIONS_HOSTKEYS, host_key_algorithms(target.expected).c_str());
  set(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, key_algorithms);
  for (const ssh_options_e option : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}) set(option, ciphers);
  for (const ssh_options_e option : {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}) set(option, macs);
  for (const ssh_options_e option : {SSH_OPTIONS_COMPRESSION_C_S, SSH_OPTIONS_COMPRESSION_S_C}) set(option, "none");

  set(SSH_OPTIONS_USER, user_.c_str());
  set(SSH_OPTIONS_HOST, "target");
  if (!is_set) return false;
  // libssh closes its descriptor whenever it sees an error; Asio needs one of its own until the end.
  const int own = fcntl(socket_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return false;
  set(SSH_OPTIONS_FD, &own);
  return is_set;
}

// libssh would begin anew, on a descriptor that it has closed, when it is called again after an error.
void SshSession::connect_once() {
  if (connected_ != SSH_AGAIN) return;
  connected_ = ssh_connect(session_);
  // libssh makes the descriptor block once it is connected; a peer that reads nothing would then stop the thread.
  socket_.native_non_blocking(false);
  socket_.native_non_blocking(true);
}

/// libssh keeps nothing of what comes before the version: looked at before it reads.
void SshSession::overhear(std::string& heard) {
  if (bytes_received() > heard.size() || heard.size() >= most_heard) return;
  std::array<char, most_heard> buffer;
  const ssize_t size = recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size <= 0) return;
  heard.resize(static_cast<std::size_t>(bytes_received()));
  heard.append(buffer.data(), std::min(static_cast<std::size_t>(size), most_heard - heard.size()));
}

asio::awaitable<Step> SshSession::await_version(std::string& heard) {
  for (;;) {
    overhear(heard);
    connect_once();
    if (ssh_get_serverbanner(session_) != nullptr && !has_failed_with("No version of SSH")) co_return Step();
    if (connected_ != SSH_AGAIN) co_return failed(failure_words());
    if (bytes_received() > most_before_version) {
      co_return failed("sends data without end, but no SSH version: this is no SSH server");
    }
    co_await ready();
  }
}

asio::awaitable<Step> SshSession::exchange_keys() {
  for (;;) {
    connect_once();
    if (connected_ == SSH_OK) co_return Step();
    if (connected_ != SSH_AGAIN) co_return failed(failure_words());
    if (bytes_received() > most_before_login) co_return failed("sends data without end");
    co_await ready();
  }
}

bool SshSession::has_failed_with(std::string_view words) const {
  return std::string_view(ssh_get_error(session_)).find(words) != std::string_view::npos;
}

bool SshSession::has_no_common_host_key() const { return has_failed_with("no match for method server host key algo"); }

std::string SshSession::server_version() const {
  const char* version = ssh_get_serverbanner(session_);
  return version == nullptr ? "" : printable(version);
}

HostKey SshSession::host_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(session_, &key) != SSH_OK) return {};
  HostKey host_key = to_host_key(key);
  ssh_key_free(key);
  return host_key;
}

asio::awaitable<Step> SshSession::authenticate(ssh_key key) {
  for (;;) {
    const int result = ssh_userauth_publickey(session_, nullptr, key);
    if (result == SSH_AUTH_SUCCESS) co_return Step();
    if (result == SSH_AUTH_ERROR) co_return failed(failure_words());
    if (result == SSH_AUTH_PARTIAL) co_return failed("the server wants more than this key, which we do not have");
    if (result != SSH_AUTH_AGAIN) co_return failed(auth_words(user_));
    if (bytes_received() > most_before_login) co_return failed("sends data without end");
    co_await ready();
  }
}

std::string SshSession::auth_words(const std::string& user) {
  const auto methods = static_cast<unsigned>(ssh_userauth_list(session_, nullptr));
  const std::string who = "user \"" + printable(user, 64) + "\"";
  if (has_failed_with("is not allowed to be used")) {
    return "the server takes signatures of this RSA key only with SHA-1, which we do not make: use an Ed25519 key";
  }
  if ((methods & SSH_AUTH_METHOD_PUBLICKEY) == 0) {
    return "the server lets " + who + " in by other means than a key, which we do not have";
  }
  return "key refused for " + who + ": it is not in the authorized_keys of that user, or the user does not exist";
}

std::uint64_t SshSession::bytes_received() const { return traffic_->counter.in_bytes; }

bool SshSession::wants_to_write() const { return (ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0; }

asio::awaitable<void> SshSession::ready() {
  using asio::posix::descriptor_base;
  if (!wants_to_write()) {
    co_await socket_.async_wait(descriptor_base::wait_read, asio::use_awaitable);
    co_return;
  }
  auto group = asio::experimental::make_parallel_group(socket_.async_wait(descriptor_base::wait_read, asio::deferred),
                                                       socket_.async_wait(descriptor_base::wait_write, asio::deferred));
  co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
}

std::string SshSession::failure_words() const {
  if (has_failed_with("Socket error: disconnected")) return "the server closed the connection";
  if (has_failed_with("Connection reset by peer")) return "the server reset the connection";
  if (has_failed_with("too large banner")) {
    return "sends a line that is too long to be an SSH version: this is no SSH server";
  }
  const std::string words = printable(ssh_get_error(session_), 300);
  return words.empty() ? "the server broke off" : words;
}

void FreeChannel::operator()(ssh_channel channel) const { ssh_channel_free(channel); }

}  // namespace tally
