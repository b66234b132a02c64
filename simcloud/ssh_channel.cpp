#include "simcloud/ssh_channel.hpp"

#include <libssh/server.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <cstring>

namespace tally::simcloud {
namespace {

constexpr std::size_t most_unread = 1U << 26U;
constexpr int accepted = 0;
constexpr int refused = 1;

SshChannel& channel_of(void* self) { return *static_cast<SshChannel*>(self); }

}  // namespace

void hang_up(ssh_session session) { shutdown(ssh_get_fd(session), SHUT_RDWR); }

SshChannel::SshChannel(ssh_session session, boost::asio::any_io_executor executor, Rules rules,
                       std::function<void()> on_change)
    : channel_(ssh_channel_new(session)),
      executor_(std::move(executor)),
      rules_(std::move(rules)),
      on_change_(std::move(on_change)) {
  callbacks_.userdata = this;
  callbacks_.channel_exec_request_function = &on_exec;
  callbacks_.channel_data_function = &on_data;
  callbacks_.channel_eof_function = &on_eof;
  callbacks_.channel_close_function = &on_close;
  ssh_callbacks_init(&callbacks_);
  ssh_set_channel_callbacks(channel_, &callbacks_);
}

SshChannel::~SshChannel() {
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  if (shell_) shell_->kill();
}

int SshChannel::on_exec(ssh_session session, ssh_channel, const char* command, void* self) {
  return channel_of(self).exec(session, command);
}

int SshChannel::on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int, void* self) {
  return channel_of(self).data(std::string_view(static_cast<const char*>(data), size));
}

void SshChannel::on_eof(ssh_session, ssh_channel, void* self) {
  if (channel_of(self).shell_) channel_of(self).shell_->end_input();
}

void SshChannel::on_close(ssh_session, ssh_channel, void* self) {
  if (channel_of(self).shell_) channel_of(self).shell_->kill();
}

int SshChannel::exec(ssh_session session, const std::string& line) {
  if (rules_.dies_at_exec) hang_up(session);
  if (rules_.dies_at_exec || !rules_.runs_commands || shell_) return refused;
  try {
    const bool asks_for_boot = line == "cat /proc/sys/kernel/random/boot_id";
    shell_ = Shell::run(executor_, asks_for_boot ? "echo " + rules_.boot_id : line, rules_.make_home(), rules_.user,
                        on_change_);
    return accepted;
  } catch (const std::system_error&) {  // of the file system
    return refused;
  } catch (const boost::system::system_error&) {  // no process to be had
    return refused;
  }
}

int SshChannel::data(std::string_view bytes) {
  if (shell_) {
    shell_->write(bytes);
    if (shell_->unread() > most_unread) is_fatal_ = true;
  }
  return static_cast<int>(bytes.size());
}

void SshChannel::move() {
  if (!shell_ || ssh_channel_is_open(channel_) == 0) return;
  const bool is_all_sent = send(shell_->out.text, false) && send(shell_->err.text, true);
  const std::optional<int> ended = shell_->wait_status();
  if (is_all_sent && ended) return send_end(*ended);
  shell_->read_on();
}

/// Whether all of it went; else the client has to make room first.
bool SshChannel::send(std::string& text, bool is_error) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto size =
        static_cast<std::uint32_t>(std::min<std::size_t>(text.size() - sent, ssh_channel_window_size(channel_)));
    if (size == 0) break;
    const int written = is_error ? ssh_channel_write_stderr(channel_, text.data() + sent, size)
                                 : ssh_channel_write(channel_, text.data() + sent, size);
    if (written <= 0) break;
    sent += static_cast<std::size_t>(written);
  }
  text.erase(0, sent);
  return text.empty();
}

void SshChannel::send_end(int wait_status) {
  shell_.reset();
  ssh_channel_send_eof(channel_);
  if (WIFSIGNALED(wait_status)) {
    const char* name = sigabbrev_np(WTERMSIG(wait_status));
    ssh_channel_request_send_exit_signal(channel_, name == nullptr ? "KILL" : name, 0, "", "");
  } else {
    ssh_channel_request_send_exit_status(channel_, WEXITSTATUS(wait_status));
  }
  ssh_channel_close(channel_);
}

}  // namespace tally::simcloud
