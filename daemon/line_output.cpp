#include "daemon/line_output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/sinks/dist_sink.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <mutex>
#include <utility>

#include "runtime/text.hpp"

namespace tally {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds look_every{100};
// JSON writes quotes and backslashes as two; the rest is for the time, the level and the names.
constexpr std::size_t longest_text = (PIPE_BUF - 256) / 2;

class OneLineFormatter final : public spdlog::formatter {
 public:
  explicit OneLineFormatter(std::unique_ptr<spdlog::formatter> inner) : inner_(std::move(inner)) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    std::string text = escaped({message.payload.data(), message.payload.size()});
    if (text.size() > longest_text) text = std::string(cut(text, longest_text)) + "...";
    spdlog::details::log_msg shown = message;
    shown.payload = text;
    inner_->format(shown, out);
    message.color_range_start = shown.color_range_start;
    message.color_range_end = shown.color_range_end;
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<OneLineFormatter>(inner_->clone());
  }

 private:
  std::unique_ptr<spdlog::formatter> inner_;
};

}  // namespace

std::unique_ptr<spdlog::formatter> one_line(std::unique_ptr<spdlog::formatter> inner) {
  return std::make_unique<OneLineFormatter>(std::move(inner));
}

/// Writes when there is room, so that its thread can always be told to end. A line that fits a pipe with any room
/// (PIPE_BUF) does not block then.
class LineOutput::PatientSink final : public spdlog::sinks::dist_sink<std::mutex> {
 public:
  PatientSink(int descriptor, spdlog::sink_ptr writer, spdlog::details::thread_pool& pool)
      : descriptor_(descriptor), pool_(pool) {
    add_sink(std::move(writer));
  }

  /// From then on only what can be written at once is.
  void finish_by(Steady::time_point when) { finish_at_ = when; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!await_room()) return;
    dist_sink::sink_it_(message);
    tell_of_lost(message);
  }

 private:
  /// True also when nobody is there to read: writing fails at once then.
  bool await_room() {
    for (;;) {
      const auto left = std::chrono::duration_cast<milliseconds>(finish_at_.load() - Steady::now());
      const milliseconds wait = std::clamp(left, milliseconds(0), look_every);
      pollfd state{descriptor_, POLLOUT, 0};
      if (poll(&state, 1, static_cast<int>(wait.count())) > 0) return true;
      if (left <= milliseconds(0)) return false;
    }
  }

  /// Those that were dropped came after this message.
  void tell_of_lost(const spdlog::details::log_msg& message) {
    const std::size_t lost = pool_.overrun_counter();
    if (lost == told_lost_ || !await_room()) return;
    const std::string words =
        fmt::format("{} lines are missing here: they came faster than they were read", lost - told_lost_);
    told_lost_ = lost;
    dist_sink::sink_it_(spdlog::details::log_msg(message.logger_name, spdlog::level::warn, words));
  }

  const int descriptor_;
  spdlog::details::thread_pool& pool_;
  std::atomic<Steady::time_point> finish_at_ = Steady::time_point::max();
  std::size_t told_lost_ = 0;
};

LineOutput::LineOutput(int descriptor, spdlog::sink_ptr writer, std::size_t waiting, milliseconds wait_at_end)
    : pool_(std::make_shared<spdlog::details::thread_pool>(waiting, 1)),
      sink_(std::make_shared<PatientSink>(descriptor, std::move(writer), *pool_)),
      wait_at_end_(wait_at_end) {}

LineOutput::~LineOutput() {
  sink_->finish_by(Steady::now() + wait_at_end_);
  pool_.reset();  // joins its thread, which has written what it could by then
}

spdlog::sink_ptr LineOutput::sink() const { return sink_; }

std::shared_ptr<spdlog::logger> LineOutput::make_logger(std::string name, spdlog::sink_ptr first) {
  return loggers_.emplace_back(std::make_shared<spdlog::async_logger>(std::move(name), std::move(first), pool_,
                                                                      spdlog::async_overflow_policy::overrun_oldest));
}

}  // namespace tally
