#include "simcloud/ssh_connection.hpp"

#include <libssh/callbacks.h>
#include <unistd.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <string>
#include <string_view>

#include "runtime/contains.hpp"
#include "simcloud/ssh_channel.hpp"

namespace tally::simcloud {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::array<std::string_view, 5> users = {"ubuntu", "root", "shadeform", "nvidia", "brev"};
constexpr std::size_t most_channels = 64;        // in the life of a connection
constexpr std::chrono::seconds login_time{120};  // sshd's LoginGraceTime

class LibsshConnection final : public SshConnection, public std::enable_shared_from_this<LibsshConnection> {
 public:
  LibsshConnection(tcp::socket socket, const SshRules& rules)
      : rules_(rules), socket_(std::move(socket)), login_(socket_.get_executor()) {}

  ~LibsshConnection() override {
    channels_.clear();
    if (event_ != nullptr) {
      ssh_event_remove_session(event_, session_);
      ssh_event_free(event_);
    }
    ssh_free(session_);
  }

  LibsshConnection(const LibsshConnection&) = delete;
  LibsshConnection& operator=(const LibsshConnection&) = delete;

  /// Hands the socket to libssh; false when it is not taken.
  bool open() {
    session_ = ssh_new();
    // libssh closes its descriptor when it pleases; ours is the one that is waited on.
    const int descriptor = dup(socket_.native_handle());
    if (session_ == nullptr || descriptor < 0) return false;
    if (ssh_bind_options_set(rules_.bind, SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(rules_.host_key.get())) != SSH_OK ||
        ssh_bind_accept_fd(rules_.bind, session_, descriptor) != SSH_OK) {
      return false;
    }
    ssh_set_blocking(session_, 0);
    ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY);
    callbacks_.userdata = this;
    callbacks_.auth_pubkey_function = &on_key;
    callbacks_.channel_open_request_session_function = &on_channel;
    ssh_callbacks_init(&callbacks_);
    ssh_set_server_callbacks(session_, &callbacks_);
    return true;
  }

  void start(std::function<void()> on_end) override {
    on_end_ = std::move(on_end);
    login_.expires_after(login_time);
    login_.async_wait([weak = weak_from_this()](const error_code& stopped) {
      const auto self = weak.lock();
      if (!stopped && self) self->close();
    });
    turn();
  }

  void close() override {
    error_code ignored;
    login_.cancel();
    socket_.close(ignored);
    if (!on_end_) return;
    channels_.clear();  // ends the commands
    const auto on_end = std::exchange(on_end_, nullptr);
    on_end();
  }

 private:
  /// Does all that can be done now, then waits for the socket. Never within a call of libssh.
  void turn() {
    if (!on_end_) return;
    const bool goes_on = event_ == nullptr ? exchange_keys() : serve();
    if (goes_on) {
      await_socket();
    } else {
      close();
    }
  }

  bool exchange_keys() {
    if (rules_.fault == SshFault::dies_at_banner) return false;
    if (rules_.fault == SshFault::dies_at_kex && is_banner_sent_) return false;
    is_banner_sent_ = true;
    const int state = ssh_handle_key_exchange(session_);
    if (state == SSH_AGAIN) return true;
    if (state != SSH_OK) return false;
    event_ = ssh_event_new();
    return event_ != nullptr && ssh_event_add_session(event_, session_) == SSH_OK && serve();
  }

  bool serve() {
    if (ssh_event_dopoll(event_, 0) == SSH_ERROR) return false;
    for (auto& channel : channels_) {
      channel->move();
      if (channel->is_fatal()) return false;
    }
    return (ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
  }

  void await_socket() {
    await(tcp::socket::wait_read, is_reading_);
    if ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0) await(tcp::socket::wait_write, is_writing_);
  }

  void await(tcp::socket::wait_type what, bool& is_waiting) {
    if (is_waiting) return;
    is_waiting = true;
    socket_.async_wait(what, [self = shared_from_this(), &is_waiting](const error_code& failure) {
      is_waiting = false;
      if (!failure) self->turn();
    });
  }

  static int on_key(ssh_session, const char* user, ssh_key key, char signature, void* self) {
    return static_cast<LibsshConnection*>(self)->log_in(user, key, signature);
  }

  int log_in(const char* user, ssh_key key, char signature) {
    if (rules_.fault == SshFault::dies_at_auth) hang_up(session_);
    if (rules_.fault == SshFault::dies_at_auth || rules_.fault == SshFault::auth_refused) return SSH_AUTH_DENIED;
    const bool is_signed = signature == SSH_PUBLICKEY_STATE_VALID;
    const bool is_asked = signature == SSH_PUBLICKEY_STATE_NONE;  // "would this key do?"
    const bool is_user = contains(users, user);
    if (!is_user || !is_authorized_key(key) || !(is_signed || is_asked)) return SSH_AUTH_DENIED;
    if (is_signed) {
      user_ = user;
      login_.cancel();
    }
    return SSH_AUTH_SUCCESS;
  }

  bool is_authorized_key(ssh_key key) const {
    if (rules_.authorized_key == nullptr) return true;
    if (ssh_key_cmp(rules_.authorized_key, key, SSH_KEY_CMP_PUBLIC) == 0) return true;
    const std::filesystem::path home = rules_.homes->path(rules_.instance);
    return !home.empty() && is_authorized(home / ".ssh" / "authorized_keys", key);
  }

  static ssh_channel on_channel(ssh_session, void* self) {
    return static_cast<LibsshConnection*>(self)->open_channel();
  }

  ssh_channel open_channel() {
    if (user_.empty() || channels_.size() == most_channels) return nullptr;
    SshChannel::Rules rules;
    rules.runs_commands = rules_.runs_commands;
    rules.dies_at_exec = rules_.fault == SshFault::dies_at_exec;
    rules.make_home = [&shared = rules_] { return shared.homes->make(shared.instance); };
    rules.user = user_;
    rules.boot_id = rules_.boot_id;
    channels_.push_back(
        std::make_unique<SshChannel>(session_, socket_.get_executor(), rules, [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->turn();
        }));
    return channels_.back()->handle();
  }

  const SshRules& rules_;
  tcp::socket socket_;
  asio::steady_timer login_;
  ssh_session session_ = nullptr;
  ssh_event event_ = nullptr;  // from the end of the key exchange
  ssh_server_callbacks_struct callbacks_{};
  std::list<std::unique_ptr<SshChannel>> channels_;
  std::string user_;  // who has logged in
  bool is_banner_sent_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  std::function<void()> on_end_;
};

}  // namespace

std::shared_ptr<SshConnection> make_ssh_connection(tcp::socket socket, const SshRules& rules) {
  auto connection = std::make_shared<LibsshConnection>(std::move(socket), rules);
  return connection->open() ? connection : nullptr;
}

}  // namespace tally::simcloud
