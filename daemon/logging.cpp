#include "daemon/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <memory>

#include "daemon/journal.hpp"
#include "daemon/rate_limit.hpp"
#include "runtime/ascii.hpp"
#include "runtime/log_line.hpp"
#include "runtime/timestamp.hpp"

namespace tally {
namespace {

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
    for (const auto& [name, value] : fields_of({message.logger_name.data(), message.logger_name.size()})) {
      line[ascii::lower(name)] = value;
    }
    const std::string text = boost::json::serialize(line);
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

/// The priority as the journal reads it from a line's start (sd-daemon(3)), where it cannot be given entries; the
/// journal adds the time itself.
class PriorityFormatter final : public spdlog::formatter {
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
    return std::make_unique<PriorityFormatter>();
  }
};

LogFormat in_force(LogFormat format) {
  if (format != LogFormat::automatic) return format;
  return is_read_by_journal() ? LogFormat::journald : LogFormat::text;
}

std::unique_ptr<spdlog::formatter> formatter_for(LogFormat format, bool has_fields) {
  if (has_fields) {
    return std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, std::string());
  }
  switch (format) {
    case LogFormat::json: return std::make_unique<JsonFormatter>();
    case LogFormat::journald: return std::make_unique<PriorityFormatter>();
    default:
      return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%5l%$ %v",
                                                         spdlog::pattern_time_type::utc);
  }
}

}  // namespace

Log::Log(const LogConfig& config)
    : format_(in_force(config.format)),
      room_(format_ == LogFormat::journald ? journal_room() : Descriptor()),
      output_(room_.is_open() ? room_.number() : STDERR_FILENO,
              room_.is_open() ? journal_sink() : std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
  auto limit = std::make_shared<RateLimit>();
  limit->add_sink(output_.sink());
  auto logger = output_.make_logger("tallyd", std::move(limit));
  logger->set_formatter(one_line(formatter_for(format_, room_.is_open())));
  logger->set_level(spdlog_level(config.level));
  spdlog::set_default_logger(std::move(logger));
}

Log::~Log() {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::null_sink_mt>()));
}

void set_log_level(LogLevel level) { spdlog::set_level(spdlog_level(level)); }

}  // namespace tally
