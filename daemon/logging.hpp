// The process's log: lines to standard error or entries of the journal, with bounds on how many (rate_limit.hpp),
// written by a thread of their own.
#pragma once

#include "config/config.hpp"
#include "daemon/line_output.hpp"
#include "store/files.hpp"

namespace tally {

class Log {
 public:
  /// What spdlog is told goes there from now on. Of the formats `automatic` is `journald` when the journal reads our
  /// standard error, else `text`. `journald` where no journal can be reached is lines with priorities.
  explicit Log(const LogConfig& config);

  /// What waits has half a second to be read.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

 private:
  const LogFormat format_;
  const Descriptor room_;  // open: the journal is written to
  LineOutput output_;
};

/// Of the log that there is.
void set_log_level(LogLevel level);

}  // namespace tally
