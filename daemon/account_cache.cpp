#include "daemon/account_cache.hpp"

#include <fmt/format.h>

#include <utility>

#include "runtime/guarded.hpp"
#include "runtime/log_line.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds write_again_after{1};
}  // namespace

AccountCache::AccountCache(CredentialRef credential, Values values, CatalogWriter& writer, Clock& clock, Tasks& tasks)
    : credential_(std::move(credential)), values_(std::move(values)), writer_(writer), clock_(clock), tasks_(tasks) {}

std::optional<std::string> AccountCache::get(std::string_view key) const {
  const auto at = values_.find(key);
  return at == values_.end() ? std::nullopt : std::optional(at->second);
}

void AccountCache::put(std::string key, std::string value) {
  const auto [at, is_new] = values_.try_emplace(key, value);
  if (!is_new && at->second == value) return;
  at->second = std::move(value);
  unwritten_.insert(std::move(key));
  if (!std::exchange(is_writing_, true)) tasks_.spawn("cache", write_behind());
}

void AccountCache::adopt(const AccountCache& before) {
  values_ = before.values_;
  unwritten_ = before.unwritten_;
  if (!unwritten_.empty() && !std::exchange(is_writing_, true)) tasks_.spawn("cache", write_behind());
}

asio::awaitable<void> AccountCache::write_behind() {
  while (!unwritten_.empty()) {
    const std::string key = *unwritten_.begin();
    const std::string value = values_.at(key);
    const std::exception_ptr failure = co_await failure_of(writer_.save_cache(credential_, key, value));
    if (failure) {
      log_line({credential_.str()}, spdlog::level::warn,
               fmt::format("{}: cache: {}; it is tried again", credential_.str(), words_of(failure)));
      co_await clock_.sleep_until(clock_.now() + write_again_after);
    } else if (values_.at(key) == value) {  // else there is a newer one to write
      unwritten_.erase(key);
    }
  }
  is_writing_ = false;
}

}  // namespace tally
