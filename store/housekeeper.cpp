#include "store/housekeeper.hpp"

#include <spdlog/spdlog.h>

#include "store/error.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::minutes log_every{1};
constexpr std::chrono::hours prune_every{24};
constexpr std::chrono::milliseconds batch_pause{200};  // commits of the syncers go in between
constexpr std::chrono::seconds again_after{1};
constexpr std::int64_t long_log = std::int64_t{128} << 20;
}  // namespace

asio::awaitable<void> Housekeeper::run() {
  began_ = clock_.now();
  base_ = writer_.newest_success().value_or(clock_.wall_now());
  TimePoint prune_at = began_ + log_every;
  for (;;) {
    co_await clock_.sleep_until(clock_.now() + log_every);
    try {
      co_await watch_log();
      if (clock_.now() < prune_at) continue;
      co_await prune();
      prune_at = clock_.now() + prune_every;
    } catch (const StoreError&) {
      // The writer has told it.
    }
  }
}

Timestamp Housekeeper::retention_time() const {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(clock_.now() - began_);
  return retention_now(base_, since, clock_.wall_now());
}

asio::awaitable<void> Housekeeper::prune() {
  RetentionCursor cursor;
  while (cursor.stage != RetentionCursor::Stage::done) {
    std::chrono::milliseconds pause = batch_pause;
    try {
      cursor = co_await writer_.prune(limits_, retention_time(), cursor);
    } catch (const StoreError&) {
      pause = again_after;  // as everything that could not be written
    }
    co_await clock_.sleep_until(clock_.now() + pause);
  }
}

asio::awaitable<void> Housekeeper::watch_log() {
  const LogState log = co_await writer_.checkpoint();
  const bool is_long = log.bytes > long_log && log.is_held_back;
  if (is_long && !has_warned_) {
    spdlog::warn("catalog: the write-ahead log has {} MiB: a program that reads the catalog holds an old moment open",
                 log.bytes >> 20);
  }
  has_warned_ = is_long;
}

}  // namespace tally
