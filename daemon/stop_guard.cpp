#include "daemon/stop_guard.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <utility>

namespace tally {

StopGuard::StopGuard(std::function<void()> interrupt, StopTimes times)
    : interrupt_(std::move(interrupt)), times_(times), thread_([this] { watch(); }) {}

StopGuard::~StopGuard() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void StopGuard::arm() {
  {
    const std::lock_guard lock(mutex_);
    is_armed_ = true;
  }
  wake_.notify_all();
}

void StopGuard::watch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_armed_ || is_over_; });
  if (wake_.wait_for(lock, times_.interrupt, [this] { return is_over_; })) return;
  spdlog::warn("stop: a commit takes long; it is rolled back");
  interrupt_();
  if (wake_.wait_for(lock, times_.exit, [this] { return is_over_; })) return;
  spdlog::error("stop: something hangs; leaving at once (the catalog is consistent)");
  if (wake_.wait_for(lock, times_.last_words, [this] { return is_over_; })) return;
  std::_Exit(exit_code_);
}

}  // namespace tally
