// Changes and listing states in words: what the log says, and how a listing's state moves. Pure but for the log.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/changes.hpp"
#include "cloud/error.hpp"

namespace tally {

/// The state after a complete answer that came at `seen_at`, and after an attempt without one.
ListingState succeeded(ListingState state, Timestamp attempt_at, Timestamp seen_at, std::chrono::nanoseconds duration,
                       std::size_t items);
ListingState failed(ListingState state, Timestamp attempt_at, std::chrono::nanoseconds duration, const Error& error);

/// One line an event; many of one kind are one line with their number.
void log_changes(const CredentialRef& credential, const ChangeSet& changes);
void log_events(const CredentialRef& credential, const std::vector<Event>& events);

/// One line for a task that ended in an exception (Tasks::OnFailure).
void report_failure(const std::string& name, std::exception_ptr failure);

}  // namespace tally
