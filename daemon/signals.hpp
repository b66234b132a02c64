// The signals that ask something of the process. A thread of its own waits for them, so that a stop is heard however
// stuck the others are, and takes place within five seconds (StopGuard).
#pragma once

#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/stop_guard.hpp"

namespace tally {

class Signals {
 public:
  /// What they ask for. Called on threads of this object; must not wait for anything.
  struct Requests {
    std::function<void()> stop;       // SIGTERM or SIGINT; the first of them only
    std::function<void()> reload;     // SIGHUP
    std::function<void()> interrupt;  // the stop is late: end what the catalog's writer is stuck in
  };

  /// Blocks the signals in the calling thread and in all that it starts from now on, so make it before any other
  /// thread. A broken pipe and a file that may not grow are errors of whoever writes, and no signals, from now on.
  /// Until somebody serves, SIGTERM and SIGINT end the process as they end any other; SIGHUP waits.
  explicit Signals(StopTimes times = {});
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void serve(Requests requests);

  /// Begins the stop that SIGTERM asks for, from within: what the process leaves with when that is late, even if the
  /// stop had begun already. Of no effect while nobody serves. Any thread.
  void stop_because_of(int exit_code);

  /// Nothing of the requests is called any more when it returns. A stop that was asked for goes on, as late as that of
  /// the process may be.
  void forget();

 private:
  void wait();
  void stop(int signal);
  void begin_stop(const Requests& requests);
  void interrupt();

  const sigset_t awaited_;  // blocked before any thread below is started
  std::mutex mutex_;
  std::optional<Requests> requests_;
  bool is_reload_asked_ = false;
  bool is_stopping_ = false;
  bool is_over_ = false;
  StopGuard guard_;
  std::thread thread_;
};

}  // namespace tally
