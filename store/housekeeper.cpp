#include "store/housekeeper.hpp"

#include <spdlog/spdlog.h>

#include "store/error.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::minutes look_every{1};
constexpr std::chrono::hours prune_every{24};
constexpr std::chrono::hours vain_pass_again{1};
constexpr std::chrono::milliseconds batch_pause{200};  // commits of the syncers go in between
constexpr std::chrono::seconds again_after{1};
constexpr std::int64_t long_log = std::int64_t{128} << 20;
}  // namespace

asio::awaitable<void> Housekeeper::run() {
  began_ = clock_.now();
  base_ = writer_.newest_success().value_or(clock_.wall_now());
  due_ = began_ + look_every;
  for (;;) {
    co_await clock_.sleep_until(clock_.now() + look_every);
    try {
      co_await look();
    } catch (const StoreError&) {
      continue;  // the writer has told it
    }
  }
}

asio::awaitable<void> Housekeeper::look() {
  const LogState before = co_await writer_.checkpoint();
  warn_of(before);
  const bool is_over = before.used > limits_.bytes && clock_.now() >= again_;
  if (!is_over && clock_.now() < due_) co_return;
  const bool has_taken = co_await prune(before.used);
  due_ = clock_.now() + prune_every;
  if (has_taken || !is_over) co_return;
  again_ = clock_.now() + vain_pass_again;
  spdlog::warn("catalog: {} MiB are in use, [retention] bytes allows {}: no history is left that could be taken out",
               before.used >> 20, limits_.bytes >> 20);
}

Timestamp Housekeeper::retention_time() const {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(clock_.now() - began_);
  return retention_now(base_, since, clock_.wall_now());
}

std::chrono::milliseconds Housekeeper::pause_at(std::int64_t used) const {
  if (used <= limits_.bytes) return batch_pause;
  const double share = static_cast<double>(limits_.bytes) / static_cast<double>(used);
  return std::chrono::floor<std::chrono::milliseconds>(batch_pause * share * share);
}

/// One pass; `used` bytes of the file are in use. Whether it found something to take out.
asio::awaitable<bool> Housekeeper::prune(std::int64_t used) {
  RetentionCursor cursor;
  while (cursor.stage != RetentionCursor::Stage::done) {
    std::chrono::milliseconds pause = pause_at(used);
    try {
      cursor = co_await writer_.prune(limits_, retention_time(), cursor);
    } catch (const StoreError&) {
      pause = again_after;  // as everything that could not be written
    }
    co_await clock_.sleep_until(clock_.now() + pause);
  }
  co_return cursor.changes != 0;
}

void Housekeeper::warn_of(const LogState& log) {
  const bool is_long = log.bytes > long_log && log.is_held_back;
  if (is_long && !has_warned_) {
    spdlog::warn("catalog: the write-ahead log has {} MiB: a program that reads the catalog holds an old moment open",
                 log.bytes >> 20);
  }
  has_warned_ = is_long;
}

}  // namespace tally
