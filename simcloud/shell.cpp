#include "simcloud/shell.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <vector>

#include "runtime/fresh_signals.hpp"

namespace tally::simcloud {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t most_kept = 1U << 16U;  // of each output, before the command has to wait
constexpr std::size_t most_in_a_pipe = 1U << 20U;

void check(int failure) {
  if (failure != 0) throw boost::system::system_error(failure, boost::system::system_category());
}

/// A pipe's two ends, closed on exec and on leaving.
struct Pipe {
  Pipe() { check(pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int release(std::size_t end) { return std::exchange(ends.at(end), -1); }
  std::array<int, 2> ends{-1, -1};
};

pid_t spawn(const std::string& line, const std::filesystem::path& home, const std::string& user,
            const std::array<int, 3>& streams) {
  std::vector<std::string> words = {"/bin/sh", "-c", line};
  std::vector<std::string> variables = {"HOME=" + home.string(), "USER=" + user, "LOGNAME=" + user, "SHELL=/bin/sh",
                                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, home.c_str());
  for (std::size_t i = 0; i < streams.size(); ++i) {
    posix_spawn_file_actions_adddup2(&actions, streams.at(i), static_cast<int>(i));
  }
  // A session of its own, so that what it starts can be killed with it; signals as a fresh login has them.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, static_cast<short>(set_fresh_signals(attributes) | POSIX_SPAWN_SETSID));

  pid_t pid = -1;
  const int failure = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  check(failure);
  return pid;
}

}  // namespace

Shell::Shell(const asio::any_io_executor& executor) : out(executor), err(executor), in_(executor), end_(executor) {}

Shell::~Shell() { kill(); }

std::shared_ptr<Shell> Shell::run(const asio::any_io_executor& executor, const std::string& line,
                                  const std::filesystem::path& home, const std::string& user,
                                  std::function<void()> on_change) {
  auto shell = std::make_shared<Shell>(executor);
  shell->start(line, home, user);
  shell->on_change_ = std::move(on_change);
  shell->read_on();
  shell->await_end();
  return shell;
}

void Shell::start(const std::string& line, const std::filesystem::path& home, const std::string& user) {
  Pipe input;
  Pipe output;
  Pipe errors;
  pid_ = spawn(line, home, user, {input.ends[0], output.ends[1], errors.ends[1]});
  const auto ended = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));  // glibc 2.36 declares it for C only
  check(ended >= 0 ? 0 : errno);
  end_.assign(ended);
  in_.assign(input.release(1));
  out.pipe.assign(output.release(0));
  err.pipe.assign(errors.release(0));
  for (auto* pipe : {&in_, &out.pipe, &err.pipe}) pipe->non_blocking(true);
}

void Shell::write(std::string_view bytes) {
  if (!in_.is_open()) return;
  input_ += bytes;
  write_on();
}

void Shell::end_input() {
  is_input_ended_ = true;
  write_on();
}

void Shell::write_on() {
  if (is_writing_ || !in_.is_open()) return;
  if (input_.empty()) {
    if (is_input_ended_) in_.close();
    return;
  }
  is_writing_ = true;
  in_.async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](const error_code& failure) {
    self->is_writing_ = false;
    if (failure) return;
    error_code refused;
    const std::size_t size = self->in_.write_some(asio::buffer(self->input_), refused);
    self->input_.erase(0, size);
    if (refused && refused != asio::error::would_block) {  // it reads no more
      self->input_.clear();
      self->in_.close();
    }
    self->write_on();
  });
}

void Shell::read_on() {
  read(out);
  read(err);
}

void Shell::read(Output& output) {
  if (output.is_reading || !output.pipe.is_open() || output.text.size() >= most_kept) return;
  output.is_reading = true;
  // Waits, and reads only then: a read under way would be out of reap()'s sight.
  const auto readable = asio::posix::stream_descriptor::wait_read;
  output.pipe.async_wait(readable, [self = shared_from_this(), &output](const error_code& failure) {
    output.is_reading = false;
    if (failure || !output.pipe.is_open() || !take(output)) return;
    self->read(output);
    self->tell_of_change();
  });
}

/// Reads a chunk of what is there; false, and the pipe is closed, at its end.
bool Shell::take(Output& output) {
  std::array<char, 1U << 14U> chunk{};
  error_code failure;
  const std::size_t size = output.pipe.read_some(asio::buffer(chunk), failure);
  output.text.append(chunk.data(), size);
  if (failure && failure != asio::error::would_block) output.pipe.close();
  return !failure || failure == asio::error::would_block;
}

void Shell::await_end() {
  end_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const error_code& failure) {
    if (failure) return;
    self->reap();
    self->tell_of_change();
  });
}

/// The end is the command's own: what it has left behind in its process group ends with it, and its streams are not
/// waited for.
void Shell::reap() {
  int status = 0;
  ::kill(-pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), &status, 0);
  for (Output* output : {&out, &err}) {
    const std::size_t before = output->text.size();
    while (output->pipe.is_open()) {
      const std::size_t size = output->text.size();
      if (!take(*output) || output->text.size() == size || size - before > most_in_a_pipe) break;
    }
    output->pipe.close();
  }
  in_.close();
  wait_status_ = status;
}

void Shell::tell_of_change() {
  const auto tell = on_change_;  // a copy: kill() may be what it comes to
  if (tell) tell();
}

void Shell::kill() {
  on_change_ = nullptr;
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), nullptr, 0);
  error_code ignored;
  for (auto* pipe : {&in_, &end_, &out.pipe, &err.pipe}) pipe->close(ignored);
}

}  // namespace tally::simcloud
