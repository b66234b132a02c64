#include "daemon/stop_guard.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <utility>

namespace tally {
namespace {
constexpr std::chrono::milliseconds interrupt_after{3000};
constexpr std::chrono::milliseconds exit_after{1500};  // after the interrupt
}  // namespace

StopGuard::StopGuard(std::function<void()> interrupt)
    : interrupt_(std::move(interrupt)), thread_([this] { watch(); }) {}

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
  if (wake_.wait_for(lock, interrupt_after, [this] { return is_over_; })) return;
  spdlog::warn("stop: a commit takes long; it is rolled back");
  interrupt_();
  if (wake_.wait_for(lock, exit_after, [this] { return is_over_; })) return;
  spdlog::error("stop: something hangs; leaving at once (the catalog is consistent)");
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace tally
