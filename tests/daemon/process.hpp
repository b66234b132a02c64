// A child process of a test: started, watched, stopped by its PID.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/fakes/await.hpp"

namespace tally::fakes {

class Process {
 public:
  explicit Process(const std::vector<std::string>& command) {
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      dup2(out[1], STDERR_FILENO);
      std::vector<char*> arguments;
      for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    close(out[1]);
    output_ = out[0];
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
    if (output_ >= 0) close(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const { kill(pid_, number); }

  /// Reads output until `text` has come or the process has ended; all that was read so far.
  const std::string& read_until(const std::string& text) {
    while (read_.find(text) == std::string::npos && read_more()) {
    }
    return read_;
  }
  /// What follows `mark` on its line, once that line has come whole.
  std::string rest_of_line(const std::string& mark) {
    if (read_until(mark).find(mark) == std::string::npos) throw std::runtime_error("no \"" + mark + "\" in: " + read_);
    const std::size_t begin = read_.find(mark) + mark.size();
    while (read_.find('\n', begin) == std::string::npos && read_more()) {
    }
    return read_.substr(begin, read_.find('\n', begin) - begin);
  }
  void stop_reading() {
    close(output_);
    output_ = -1;
  }
  /// To a page, so that it is full soon when it is not read.
  void shrink_pipe() const { fcntl(output_, F_SETPIPE_SZ, 4096); }
  const std::string& read_all() { return read_until(std::string(1, '\0')); }

  /// Exit code; 128 + number when a signal ended it.
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  bool read_more() {
    pollfd output{output_, POLLIN, 0};
    const int ready = poll(&output, 1, static_cast<int>(std::chrono::milliseconds(longest_wait).count()));
    if (ready == 0) throw std::runtime_error("waited in vain for more than: " + read_);
    char buffer[4096];
    const ssize_t size = read(output_, buffer, sizeof buffer);
    if (size > 0) read_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string read_;
};

/// What became of a command that ran to its end.
struct RunOutcome {
  int exit_code = 0;
  std::string output;  // both streams
};

inline RunOutcome run(const std::vector<std::string>& command) {
  Process process(command);
  RunOutcome outcome;
  outcome.output = process.read_all();
  outcome.exit_code = process.wait();
  return outcome;
}

inline std::string binary(const std::string& name) { return std::string(TALLY_BIN_DIR) + "/" + name; }

}  // namespace tally::fakes
