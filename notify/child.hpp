// A program that was started: watched, its output kept as far as the bound, ended with all that it started. Loop
// thread.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace tally::notify {

/// A program that runs. Whoever has this has to make a Child of it.
struct Started {
  pid_t pid = -1;
  int exit = -1;    // a pidfd: readable when it has ended
  int output = -1;  // what it writes to standard output and error
};

/// Starts it in a process group of its own, with no signal blocked or ignored. Error: why it cannot be. Any thread.
tl::expected<Started, std::string> start_program(const std::vector<std::string>& command, const std::string& input);

/// How a program ended.
struct Ended {
  int status = 0;      // as waitpid has it
  std::string output;  // its beginning
};

class Child {
 public:
  Child(boost::asio::any_io_executor loop, const Started& started);
  /// Whatever of it still runs is killed; it is reaped once it is dead.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for its end, and kills what it has left running. Once; a cancel leaves it running.
  boost::asio::awaitable<Ended> end();

 private:
  struct Output;
  boost::asio::any_io_executor loop_;
  pid_t pid_;
  boost::asio::posix::stream_descriptor exit_;
  std::shared_ptr<Output> output_;
};

}  // namespace tally::notify
