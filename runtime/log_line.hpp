// Lines of the log that say what they are about, apart from their words: a log that has fields (the journal, JSON)
// keeps them. Any thread.
#pragma once

#include <spdlog/common.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally {

/// What is empty, or 0, is left out.
struct LogSubject {
  std::string credential;
  std::string instance{};     // its ID at the vendor
  std::int64_t event_id = 0;  // in the catalog
};

void log_line(const LogSubject& subject, spdlog::level::level_enum level, std::string_view words);

/// Name and value; names as the journal has them: CREDENTIAL, INSTANCE, EVENT_ID.
using LogFields = std::vector<std::pair<std::string, std::string>>;

/// The fields of a line, for sinks and formatters. They travel as the name of the line's logger, which is whatever it
/// is for other lines: those have none.
LogFields fields_of(std::string_view logger_name);

}  // namespace tally
