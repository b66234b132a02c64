#include "ssh/command.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::uint32_t most_at_once = 32 * 1024;

using NamedSignal = std::pair<std::string_view, int>;
constexpr std::array<NamedSignal, 13> signals{NamedSignal{"ABRT", SIGABRT},
                                              {"ALRM", SIGALRM},
                                              {"FPE", SIGFPE},
                                              {"HUP", SIGHUP},
                                              {"ILL", SIGILL},
                                              {"INT", SIGINT},
                                              {"KILL", SIGKILL},
                                              {"PIPE", SIGPIPE},
                                              {"QUIT", SIGQUIT},
                                              {"SEGV", SIGSEGV},
                                              {"TERM", SIGTERM},
                                              {"USR1", SIGUSR1},
                                              {"USR2", SIGUSR2}};

int exit_status_of(std::string_view signal) {
  const auto* const known =
      std::find_if(signals.begin(), signals.end(), [signal](const NamedSignal& one) { return one.first == signal; });
  return known == signals.end() ? 128 : 128 + known->second;
}

/// What libssh calls while it reads packets.
struct Ending {
  std::optional<int> exit_status;
  bool is_closed = false;
  ssh_channel_callbacks_struct callbacks{};

  Ending() {
    callbacks.size = sizeof callbacks;
    callbacks.userdata = this;
    callbacks.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) {
      static_cast<Ending*>(self)->exit_status = status;
    };
    callbacks.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int, const char*,
                                                const char*, void* self) {
      static_cast<Ending*>(self)->exit_status = exit_status_of(signal);
    };
    callbacks.channel_close_function = [](ssh_session, ssh_channel, void* self) {
      static_cast<Ending*>(self)->is_closed = true;
    };
  }
};

class Command {
 public:
  Command(SshSession& session, const SshCommand& command, SshOutput& output)
      : session_(session), command_(command), output_(output), channel_(ssh_channel_new(session.handle())) {}

  asio::awaitable<Step> run() {
    if (channel_ == nullptr) co_return failed(session_.failure_words());
    ssh_set_channel_callbacks(channel_.get(), &ending_.callbacks);
    if (const Step opened = co_await begin(); !opened) co_return opened;
    for (;;) {
      const std::uint64_t before = session_.bytes_received();
      const bool is_alive = write_input() && read(0, output_.out) && read(1, output_.err);
      if (!is_alive) co_return failed(session_.failure_words());
      if (is_over()) break;
      if (session_.bytes_received() == before) co_await session_.ready();
    }
    if (!ending_.exit_status) co_return failed("the command ended without telling its exit status");
    output_.exit_status = *ending_.exit_status;
    co_return Step();
  }

 private:
  asio::awaitable<Step> begin() {
    int result = SSH_AGAIN;
    while ((result = ssh_channel_open_session(channel_.get())) == SSH_AGAIN) co_await session_.ready();
    if (result != SSH_OK) co_return failed("no session: " + session_.failure_words());
    while ((result = ssh_channel_request_exec(channel_.get(), command_.line.c_str())) == SSH_AGAIN) {
      co_await session_.ready();
    }
    if (result != SSH_OK) co_return failed("no command may be run: " + session_.failure_words());
    co_return Step();
  }

  /// As much as goes out now; false: the connection is lost.
  bool write_input() {
    if (is_input_done_ || ending_.is_closed) return true;
    const std::string_view input = command_.input;
    while (written_ < input.size()) {
      if ((ssh_get_status(session_.handle()) & SSH_WRITE_PENDING) != 0) return true;
      const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(most_at_once, input.size() - written_));
      const int sent = ssh_channel_write(channel_.get(), input.data() + written_, size);
      // A command that does not read its input may be over already; that is no failure.
      if (sent == SSH_ERROR) return ending_.is_closed;
      if (sent == 0) return true;
      written_ += static_cast<std::size_t>(sent);
    }
    is_input_done_ = ssh_channel_send_eof(channel_.get()) != SSH_ERROR;
    return is_input_done_ || ending_.is_closed;
  }

  /// All that has come; false: the connection is lost.
  bool read(int is_stderr, std::string& text) {
    for (;;) {
      const int size = ssh_channel_read_nonblocking(channel_.get(), buffer_.data(), most_at_once, is_stderr);
      if (size == SSH_ERROR) return ending_.is_closed;
      if (size <= 0) return true;
      const std::size_t room = command_.output_limit - std::min(command_.output_limit, text.size());
      const std::size_t kept = std::min(room, static_cast<std::size_t>(size));
      text.append(buffer_.data(), kept);
      if (kept < static_cast<std::size_t>(size)) output_.is_cut = true;
    }
  }

  /// The exit status may come before or after the end of the output.
  bool is_over() {
    if (ssh_channel_is_eof(channel_.get()) == 0) return false;
    // At the end of the output reading no longer takes packets in; this does.
    if (!ending_.exit_status && !ending_.is_closed) ssh_channel_get_exit_status(channel_.get());
    return ending_.exit_status.has_value() || ending_.is_closed || ssh_is_connected(session_.handle()) == 0;
  }

  SshSession& session_;
  const SshCommand& command_;
  SshOutput& output_;
  Ending ending_;  // outlives the channel
  Channel channel_;
  std::array<char, most_at_once> buffer_{};
  std::size_t written_ = 0;
  bool is_input_done_ = false;
};

}  // namespace

asio::awaitable<Step> run_command(SshSession& session, const SshCommand& command, SshOutput& output) {
  auto running = std::make_unique<Command>(session, command, output);
  co_return co_await running->run();
}

}  // namespace tally
