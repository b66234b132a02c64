// Keeps a log readable, and its reader's disk from being filled: a line that is said again within a minute is left out
// and counted, whatever stands in between, and so is what exceeds so many lines a second. The time is that of the
// lines.
#pragma once

#include <spdlog/sinks/dist_sink.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace tally {

struct RateBounds {
  std::chrono::seconds repeats_within{60};
  std::size_t remembered = 200;  // different lines
  double burst = 5000;           // lines at once,
  double per_second = 100;       // and in the long run
};

/// To the sinks that are added to it. Lines are the same when words, level and fields are (runtime/log_line.hpp).
class RateLimit final : public spdlog::sinks::dist_sink<std::mutex> {
 public:
  explicit RateLimit(RateBounds bounds = {}) : bounds_(bounds), left_(bounds.burst) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;

 private:
  using Time = spdlog::log_clock::time_point;
  struct Said {
    Time at;
    std::size_t repeats = 0;
    spdlog::level::level_enum level;
    std::string words;
  };

  bool is_repeat(const spdlog::details::log_msg& message);
  void tell_repeats(Time now);
  void forget_oldest();
  bool has_room(Time now);
  void tell(Time now, spdlog::level::level_enum level, const std::string& words);

  const RateBounds bounds_;
  std::map<std::string, Said> said_;
  Time looked_at_{};  // for repeats that are over
  double left_;
  Time filled_at_{};
  std::size_t withheld_ = 0;
};

}  // namespace tally
