// A line run by /bin/sh as a child of this process. Everything happens on the thread of its executor.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tally::simcloud {

class Shell : public std::enable_shared_from_this<Shell> {
 public:
  /// One of the two streams that the command writes; `text` is what nobody has taken yet.
  struct Output {
    explicit Output(const boost::asio::any_io_executor& executor) : pipe(executor) {}
    boost::asio::posix::stream_descriptor pipe;
    std::string text;
    bool is_reading = false;
  };

  /// Runs `line` with `home` as working directory and HOME, and only a few variables beside it. `on_change` is called
  /// whenever there is output or the end to be had, never from within a call. Throws boost::system::system_error.
  static std::shared_ptr<Shell> run(const boost::asio::any_io_executor& executor, const std::string& line,
                                    const std::filesystem::path& home, const std::string& user,
                                    std::function<void()> on_change);
  explicit Shell(const boost::asio::any_io_executor& executor);
  ~Shell();  // kills the command, and with it what it has started
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  /// Bytes for its stdin, kept until it reads them.
  void write(std::string_view bytes);
  [[nodiscard]] std::size_t unread() const { return input_.size(); }
  void end_input();

  Output out;
  Output err;

  /// Reads on after output was taken (it stops while there is much of it).
  void read_on();

  /// The status that waitpid gave; empty until the command has ended and all that it wrote can be had.
  [[nodiscard]] const std::optional<int>& wait_status() const { return wait_status_; }

  /// Kills the command; on_change is not called any more.
  void kill();

 private:
  void start(const std::string& line, const std::filesystem::path& home, const std::string& user);
  void read(Output& output);
  static bool take(Output& output);
  void write_on();
  void await_end();
  void reap();
  void tell_of_change();

  boost::asio::posix::stream_descriptor in_;
  boost::asio::posix::stream_descriptor end_;  // readable once the command has ended
  pid_t pid_ = -1;                             // also its process group; -1: none, or reaped
  std::string input_;
  bool is_input_ended_ = false;
  bool is_writing_ = false;
  std::optional<int> wait_status_;
  std::function<void()> on_change_;
};

}  // namespace tally::simcloud
