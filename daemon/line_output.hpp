// Lines for whoever reads one of the process's standard streams, written by a thread of their own: a reader that stalls
// or goes away holds up nobody. So many lines wait; of more the oldest are dropped, and the reader is told how many.
#pragma once

#include <spdlog/common.h>
#include <spdlog/logger.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cloud/limits.hpp"

namespace spdlog::details {
class thread_pool;
}

namespace tally {

class LineOutput {
 public:
  /// `writer` writes to `descriptor`. `waiting`: lines; `wait_at_end`: what still waits then has so long to be read.
  LineOutput(int descriptor, spdlog::sink_ptr writer, std::size_t waiting = limits::log_lines_waiting,
             std::chrono::milliseconds wait_at_end = std::chrono::milliseconds(500));

  /// Waits as long as it was told to; the rest is dropped.
  ~LineOutput();
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;

  /// Where the lines go in the end; write to it by loggers only.
  [[nodiscard]] spdlog::sink_ptr sink() const;

  /// A logger whose lines go through `first` and, when that is another, from there to sink(). It must not be written to
  /// when the output is gone.
  [[nodiscard]] std::shared_ptr<spdlog::logger> make_logger(std::string name, spdlog::sink_ptr first);

 private:
  class PatientSink;

  std::shared_ptr<spdlog::details::thread_pool> pool_;  // of one thread
  std::shared_ptr<PatientSink> sink_;
  const std::chrono::milliseconds wait_at_end_;
  std::vector<std::shared_ptr<spdlog::logger>> loggers_;  // outlive the thread, which writes through them
};

/// Hands each message to `inner` as one line in which nothing commands a terminal (escaped()), and which fits a pipe
/// that has room at all (PIPE_BUF): what is longer is cut.
std::unique_ptr<spdlog::formatter> one_line(std::unique_ptr<spdlog::formatter> inner);

}  // namespace tally
