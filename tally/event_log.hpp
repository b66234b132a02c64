// What the log says of events.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "cloud/ids.hpp"
#include "tally/event.hpp"

namespace tally {

/// One line an event; many of one kind are one line with their number.
void log_events(const CredentialRef& credential, const std::vector<Event>& events);

/// One line for a task that ended in an exception (Tasks::OnFailure).
void report_failure(const std::string& name, std::exception_ptr failure);

}  // namespace tally
