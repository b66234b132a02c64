// A session channel of a simulated SSH server: one command, its input, its output, its end. Lives as long as its
// libssh session, on the server's thread.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "simcloud/shell.hpp"

namespace tally::simcloud {

/// Ends a session's connection at once, from within libssh's call-backs: what libssh still says does not get out.
void hang_up(ssh_session session);

class SshChannel {
 public:
  struct Rules {
    bool runs_commands = true;
    bool dies_at_exec = false;
    std::function<std::filesystem::path()> make_home;  // called before each command; may throw std::system_error
    std::string user;
    std::string boot_id;  // told instead of this host's
  };

  /// `on_change` is called when move() has something to do. The channel is of `session`, which frees it.
  SshChannel(ssh_session session, boost::asio::any_io_executor executor, Rules rules, std::function<void()> on_change);
  ~SshChannel();
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  [[nodiscard]] ssh_channel handle() const { return channel_; }

  /// Sends what the command has written, as far as the client takes it, and its status when it has ended.
  void move();

  /// Whether the whole connection must end: the client sends more than any command reads.
  [[nodiscard]] bool is_fatal() const { return is_fatal_; }

 private:
  int exec(ssh_session session, const std::string& line);
  int data(std::string_view bytes);
  bool send(std::string& text, bool is_error);
  void send_end(int wait_status);

  static int on_exec(ssh_session session, ssh_channel channel, const char* command, void* self);
  static int on_data(ssh_session session, ssh_channel channel, void* data, std::uint32_t size, int is_error,
                     void* self);
  static void on_eof(ssh_session session, ssh_channel channel, void* self);
  static void on_close(ssh_session session, ssh_channel channel, void* self);

  ssh_channel channel_;
  ssh_channel_callbacks_struct callbacks_{};
  boost::asio::any_io_executor executor_;
  Rules rules_;
  std::function<void()> on_change_;
  std::shared_ptr<Shell> shell_;
  bool is_fatal_ = false;
};

}  // namespace tally::simcloud
