#include "daemon/stop_guard.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace tally {
namespace {

/// The log may be coming to its end meanwhile: the logger that is held here stays whole.
void say(spdlog::level::level_enum level, std::string_view words) { spdlog::default_logger()->log(level, words); }

}  // namespace

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
  if (!is_armed_before_end() || is_over_within(times_.interrupt)) return;
  say(spdlog::level::warn, "stop: a commit takes long; it is rolled back");
  interrupt_();
  if (is_over_within(times_.exit)) return;
  say(spdlog::level::err, "stop: something hangs; leaving at once (the catalog is consistent)");
  if (is_over_within(times_.last_words)) return;
  std::_Exit(exit_code_);
}

bool StopGuard::is_armed_before_end() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_armed_ || is_over_; });
  return !is_over_;
}

bool StopGuard::is_over_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, time, [this] { return is_over_; });
}

}  // namespace tally
