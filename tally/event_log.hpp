// What the log says of events.
#pragma once

#include <string>
#include <vector>

#include "cloud/ids.hpp"
#include "tally/event.hpp"

namespace tally {

/// One line an event; many of one kind are one line with their number.
void log_events(const CredentialRef& credential, const std::vector<Event>& events);

}  // namespace tally
