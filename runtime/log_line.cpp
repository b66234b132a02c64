#include "runtime/log_line.hpp"

#include <spdlog/spdlog.h>

#include <array>

#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr std::array<std::string_view, 3> field_names = {"CREDENTIAL", "INSTANCE", "EVENT_ID"};

std::string packed(const LogSubject& subject) {
  const std::array<std::string, 3> values = {printable(subject.credential), printable(subject.instance),
                                             subject.event_id == 0 ? std::string() : std::to_string(subject.event_id)};
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values.at(i).empty()) text.append(field_names.at(i)).append("=").append(values.at(i)).append("\n");
  }
  return text;
}

}  // namespace

void log_line(const LogSubject& subject, spdlog::level::level_enum level, std::string_view words) {
  const std::shared_ptr<spdlog::logger> logger = spdlog::default_logger();
  if (logger->should_log(level)) logger->clone(packed(subject))->log(level, "{}", words);
}

LogFields fields_of(std::string_view logger_name) {
  LogFields fields;
  for (std::size_t end = 0; (end = logger_name.find('\n')) != std::string_view::npos;
       logger_name.remove_prefix(end + 1)) {
    const std::string_view line = logger_name.substr(0, end);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return {};
    fields.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return fields;
}

}  // namespace tally
