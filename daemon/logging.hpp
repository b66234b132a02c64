// The process's log: lines to standard error, repeats folded, written by a thread of their own.
#pragma once

#include "config/config.hpp"
#include "daemon/line_output.hpp"

namespace tally {

class Log {
 public:
  /// What spdlog is told goes there from now on. Of the formats `automatic` is `journald` when the journal reads our
  /// standard error, else `text`.
  explicit Log(const LogConfig& config);

  /// What waits has half a second to be read.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

 private:
  LineOutput output_;
};

/// Of the log that there is.
void set_log_level(LogLevel level);

}  // namespace tally
