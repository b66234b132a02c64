// Sets up the process's log: one logger to standard error, repeats folded.
#pragma once

#include "config/config.hpp"

namespace tally {

/// `automatic` is `journald` when the journal reads our standard error, else `text`.
void set_up_logging(const LogConfig& config);

/// Of the log that is set up.
void set_log_level(LogLevel level);

}  // namespace tally
