#include "daemon/rate_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tally {
namespace {

constexpr std::chrono::seconds repeats_told_every{1};

std::string key_of(const spdlog::details::log_msg& message) {
  return fmt::format("{}\n{}\n{}", static_cast<int>(message.level),
                     std::string_view(message.logger_name.data(), message.logger_name.size()),
                     std::string_view(message.payload.data(), message.payload.size()));
}

}  // namespace

void RateLimit::sink_it_(const spdlog::details::log_msg& message) {
  tell_repeats(message.time);
  if (is_repeat(message)) return;
  if (!has_room(message.time)) {
    ++withheld_;
    return;
  }
  if (const std::size_t withheld = std::exchange(withheld_, 0); withheld > 0) {
    tell(message.time, spdlog::level::warn,
         fmt::format("{} lines are left out here: more than {} a second", withheld, bounds_.per_second));
  }
  dist_sink::sink_it_(message);
}

bool RateLimit::is_repeat(const spdlog::details::log_msg& message) {
  const auto [at, is_new] = said_.try_emplace(
      key_of(message), Said{message.time, 0, message.level, {message.payload.data(), message.payload.size()}});
  if (!is_new) ++at->second.repeats;
  if (said_.size() > bounds_.remembered) forget_oldest();
  return !is_new;
}

/// A wall clock that was set back ends what it makes no sense of, too.
void RateLimit::tell_repeats(Time now) {
  if (now >= looked_at_ && now - looked_at_ < repeats_told_every) return;
  looked_at_ = now;
  std::erase_if(said_, [&](const auto& entry) {
    const Said& said = entry.second;
    if (now >= said.at && now - said.at < bounds_.repeats_within) return false;
    if (said.repeats > 0) tell(now, said.level, fmt::format("{} (said {} times more)", said.words, said.repeats));
    return true;
  });
}

void RateLimit::forget_oldest() {
  said_.erase(std::min_element(said_.begin(), said_.end(),
                               [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
}

bool RateLimit::has_room(Time now) {
  const double passed = std::chrono::duration<double>(now - filled_at_).count();
  left_ = std::min(bounds_.burst, left_ + std::max(passed, 0.0) * bounds_.per_second);
  filled_at_ = now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

void RateLimit::tell(Time now, spdlog::level::level_enum level, const std::string& words) {
  dist_sink::sink_it_(spdlog::details::log_msg(now, {}, "tallyd", level, words));
}

}  // namespace tally
