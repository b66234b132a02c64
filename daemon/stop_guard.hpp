// The last resort of a stop: a thread of its own that first ends the statement the writer is stuck in and then the
// process, so that a stop takes less than five seconds whatever hangs. The catalog survives both (it is written in
// transactions).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

namespace tally {

struct StopTimes {
  std::chrono::milliseconds interrupt{3000};  // after the stop began
  std::chrono::milliseconds exit{1000};       // after the interrupt
  std::chrono::milliseconds last_words{100};  // for the log's thread to write why
};

class StopGuard {
 public:
  /// `interrupt` is called on the guard's thread, which holds no lock then, when the stop is late.
  explicit StopGuard(std::function<void()> interrupt, StopTimes times = {});
  ~StopGuard();
  StopGuard(const StopGuard&) = delete;
  StopGuard& operator=(const StopGuard&) = delete;

  /// The stop begins: the clock runs until the guard is destroyed.
  void arm();

  /// What the process leaves with when the stop never comes to its end; 0 unless something went wrong. Any thread.
  void leave_with(int exit_code) { exit_code_ = exit_code; }

 private:
  void watch();
  bool is_armed_before_end();
  bool is_over_within(std::chrono::milliseconds time);

  std::function<void()> interrupt_;
  const StopTimes times_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> exit_code_ = EXIT_SUCCESS;
  bool is_armed_ = false;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace tally
