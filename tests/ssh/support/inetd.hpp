// Real SSH servers, each connection a process of its own, started as inetd would: we hold the listening socket, so that
// it is ready when it is made and its port is nobody else's. All processes are stopped by their process group.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tally::fakes {

class Inetd {
 public:
  /// `command` speaks SSH on its stdin and stdout; its stderr goes to `log`. `environment` is added to ours.
  Inetd(std::vector<std::string> command, std::string log, std::vector<std::string> environment = {})
      : command_(std::move(command)), log_(std::move(log)), environment_(std::move(environment)) {
    for (char** at = environ; *at != nullptr; ++at) environment_.emplace_back(*at);
    if (pipe2(wake_, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~Inetd() {
    is_over_ = true;
    [[maybe_unused]] const ssize_t woken = write(wake_[1], "x", 1);
    thread_.join();
    kill_connections();
    close(wake_[0]);
    close(wake_[1]);
  }
  Inetd(const Inetd&) = delete;
  Inetd& operator=(const Inetd&) = delete;

  [[nodiscard]] int port() const { return acceptor_.local_endpoint().port(); }

  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

  /// As when the server's machine loses power: no process of a connection is left.
  void kill_connections() {
    std::vector<pid_t> children;
    {
      const std::lock_guard lock(mutex_);
      children.swap(children_);
    }
    for (const pid_t child : children) {
      kill(-child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  void serve() {
    while (!is_over_) {
      pollfd waits[2] = {{acceptor_.native_handle(), POLLIN, 0}, {wake_[0], POLLIN, 0}};
      if (poll(waits, 2, -1) < 0 || is_over_) continue;
      const int socket = accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      start(socket);
      close(socket);
    }
  }

  void start(int socket) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    pid_t child = -1;
    const int failure = posix_spawn(&child, command_[0].c_str(), &actions, &attributes, pointers(command_).data(),
                                    pointers(environment_).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    const std::lock_guard lock(mutex_);
    ++connections_;
    if (failure == 0) children_.push_back(child);
  }

  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    for (std::string& word : words) list.push_back(word.data());
    list.push_back(nullptr);
    return list;
  }

  std::vector<std::string> command_;
  std::string log_;
  std::vector<std::string> environment_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_,
                                           boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  int wake_[2] = {-1, -1};
  std::atomic<bool> is_over_ = false;
  std::mutex mutex_;
  std::vector<pid_t> children_;
  int connections_ = 0;
  std::thread thread_;
};

}  // namespace tally::fakes
