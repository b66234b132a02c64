#include "tally/event_log.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "runtime/log_line.hpp"
#include "runtime/text.hpp"
#include "tally/event_kinds.hpp"

namespace tally {
namespace {

constexpr std::size_t lines_per_kind = 5;

bool is_warning(std::string_view name) {
  const EventKind* const kind = find_event_kind(name);
  return kind != nullptr && kind->is_warning;
}

std::string describe(const Event& event) {
  std::string line = fmt::format("{} {}", event.kind, event.subject_id);
  if (event.field) {
    line +=
        fmt::format(": {} {} -> {}", *event.field, event.old_value.value_or("none"), event.new_value.value_or("none"));
  } else if (event.old_value || event.new_value) {
    line += fmt::format(": {}", event.new_value ? *event.new_value : *event.old_value);
  }
  if (event.detail && !event.kind.ends_with("_added")) line += fmt::format(" ({})", *event.detail);
  return printable(line);
}

}  // namespace

std::vector<WrittenEvent> written_from(std::int64_t first_id, std::vector<Event> events) {
  std::vector<WrittenEvent> written;
  written.reserve(events.size());
  for (Event& event : events) written.push_back({first_id++, std::move(event)});
  return written;
}

void log_events(const CredentialRef& credential, const std::vector<WrittenEvent>& events) {
  std::map<std::string_view, std::size_t> counts;
  for (const WrittenEvent& written : events) ++counts[written.event.kind];
  for (const auto& [kind, count] : counts) {
    if (count <= lines_per_kind) continue;
    log_line({credential.str()}, spdlog::level::info, fmt::format("{}: {} x {}", credential.str(), count, kind));
  }
  for (const auto& [id, event] : events) {
    if (counts[event.kind] > lines_per_kind) continue;
    const LogSubject subject{credential.str(), event.subject_kind == "instance" ? event.subject_id : "", id};
    log_line(subject, is_warning(event.kind) ? spdlog::level::warn : spdlog::level::info,
             fmt::format("{}: {}", credential.str(), describe(event)));
  }
}

}  // namespace tally
