// What the log says of events.
#pragma once

#include <cstdint>
#include <vector>

#include "cloud/ids.hpp"
#include "tally/event.hpp"

namespace tally {

/// An event that is in the catalog.
struct WrittenEvent {
  std::int64_t id = 0;  // there
  Event event;
};

/// Events that were written one after the other, beginning with this ID.
std::vector<WrittenEvent> written_from(std::int64_t first_id, std::vector<Event> events);

/// One line an event, with its ID and what it is about as fields (runtime/log_line.hpp); many of one kind are one line
/// with their number.
void log_events(const CredentialRef& credential, const std::vector<WrittenEvent>& events);

}  // namespace tally
