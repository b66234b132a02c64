#include "daemon/signals.hpp"

#include <pthread.h>

#include <utility>

namespace tally {
namespace {

sigset_t block_those_that_ask() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t asking;
  sigemptyset(&asking);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&asking, signal);
  pthread_sigmask(SIG_BLOCK, &asking, nullptr);
  return asking;
}

/// As if nobody had ever waited for it, so that whoever started us sees what ended us.
void die_of(int signal) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
}

}  // namespace

Signals::Signals(StopTimes times)
    : awaited_(block_those_that_ask()), guard_([this] { interrupt(); }, times), thread_([this] { wait(); }) {}

Signals::~Signals() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): blocked everywhere, it wakes the thread that waits for it.
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Signals::serve(Requests requests) {
  const std::lock_guard lock(mutex_);
  requests_ = std::move(requests);
  if (std::exchange(is_reload_asked_, false)) requests_->reload();
}

void Signals::stop_because_of(int exit_code) {
  const std::lock_guard lock(mutex_);
  guard_.leave_with(exit_code);
  if (requests_) begin_stop(*requests_);
}

void Signals::forget() {
  const std::lock_guard lock(mutex_);
  requests_.reset();
}

void Signals::wait() {
  for (;;) {
    int signal = 0;
    if (sigwait(&awaited_, &signal) != 0) continue;
    const std::lock_guard lock(mutex_);
    if (is_over_) return;
    if (signal != SIGHUP) {
      stop(signal);
    } else if (requests_) {
      requests_->reload();
    } else {
      is_reload_asked_ = true;
    }
  }
}

void Signals::stop(int signal) {
  if (requests_) return begin_stop(*requests_);
  if (!is_stopping_) die_of(signal);
}

void Signals::begin_stop(const Requests& requests) {
  if (std::exchange(is_stopping_, true)) return;
  guard_.arm();
  requests.stop();
}

void Signals::interrupt() {
  const std::lock_guard lock(mutex_);
  if (requests_) requests_->interrupt();
}

}  // namespace tally
