#include "daemon/logging.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/dup_filter_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "cloud/timestamp.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds repeats_folded_for{60};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// One JSON object a line.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    boost::json::object line;
    line["time"] = to_iso8601(std::chrono::floor<std::chrono::milliseconds>(message.time));
    const auto level = spdlog::level::to_string_view(message.level);
    line["level"] = boost::json::string_view(level.data(), level.size());
    line["message"] = boost::json::string_view(message.payload.data(), message.payload.size());
    const std::string text = boost::json::serialize(line);
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

/// The priority as the journal reads it from a line's start (sd-daemon(3)); the journal adds the time itself.
class JournalFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const char priority = message.level >= spdlog::level::err    ? '3'
                          : message.level == spdlog::level::warn ? '4'
                          : message.level == spdlog::level::info ? '6'
                                                                 : '7';
    for (const char c : {'<', priority, '>'}) out.push_back(c);
    out.append(message.payload.data(), message.payload.data() + message.payload.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JournalFormatter>();
  }
};

/// Nothing in the text can end its line or command a terminal, and it is UTF-8: control characters (C1 included) and
/// what is not UTF-8 become \n or \xNN. Messages quote vendors and paths.
std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const std::string_view character = text.substr(0, size);
    const bool is_c0 = first < 0x20 || first == 0x7f;
    const bool is_c1 = first == 0xc2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xa0;
    if (is_c0 || is_c1 || !simdjson::validate_utf8(character.data(), character.size())) {
      out += first == '\n' ? "\\n" : fmt::format("\\x{:02x}", first);
      text.remove_prefix(1);
    } else {
      out += character;
      text.remove_prefix(size);
    }
  }
  return out;
}

/// Hands messages made safe to another formatter, so that one message is one line in every format.
class OneLineFormatter final : public spdlog::formatter {
 public:
  explicit OneLineFormatter(std::unique_ptr<spdlog::formatter> inner) : inner_(std::move(inner)) {}
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string text = one_line({message.payload.data(), message.payload.size()});
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

/// As systemd.exec(5) says to find out: a variable may be inherited by one whose standard error goes elsewhere.
bool is_read_by_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::unique_ptr<spdlog::formatter> formatter_for(LogFormat format) {
  if (format == LogFormat::automatic) format = is_read_by_journal() ? LogFormat::journald : LogFormat::text;
  switch (format) {
    case LogFormat::json: return std::make_unique<JsonFormatter>();
    case LogFormat::journald: return std::make_unique<JournalFormatter>();
    default:
      return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%5l%$ %v",
                                                         spdlog::pattern_time_type::utc);
  }
}

}  // namespace

void set_up_logging(const LogConfig& config) {
  auto fold = std::make_shared<spdlog::sinks::dup_filter_sink_mt>(repeats_folded_for);
  fold->add_sink(std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  auto logger = std::make_shared<spdlog::logger>("tallyd", std::move(fold));
  logger->set_formatter(std::make_unique<OneLineFormatter>(formatter_for(config.format)));
  logger->set_level(spdlog_level(config.level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(LogLevel level) { spdlog::set_level(spdlog_level(level)); }

}  // namespace tally
