// Tells a program of this machine: the notification is its standard input, exit code 0 says that it took it. It gets no
// environment but a PATH, no descriptor but the three, and 30 seconds; then it is killed, with all that it started.
// Loop thread; it is started on another, for that takes its time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>
#include <vector>

#include "notify/target.hpp"
#include "runtime/clock.hpp"
#include "runtime/turns.hpp"

namespace tally::notify {

class Command final : public Target {
 public:
  /// The clock outlives it. One runs at a time.
  Command(std::vector<std::string> command, Clock& clock, boost::asio::any_io_executor starter);

  Task<> deliver(std::string body) override;
  [[nodiscard]] std::size_t lanes() const override { return 1; }

 private:
  const std::vector<std::string> command_;
  Clock& clock_;
  const boost::asio::any_io_executor starter_;
  Turns turns_;
};

}  // namespace tally::notify
