// How something is doing that somebody waits for, on standard error: a line for each state that it comes to; on a
// terminal the last one says how long it takes.
#pragma once

#include <chrono>
#include <string>

namespace tally::cli {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Also when nothing has changed, so that the time goes on.
  void show(const std::string& words);

  /// What comes next on standard error begins a line.
  void end();

 private:
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point since_;
  std::string shown_;
  bool is_in_line_ = false;
};

}  // namespace tally::cli
