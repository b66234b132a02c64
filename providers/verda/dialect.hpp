// How Verda refuses. Source: its API documentation, and messages that its clients' authors have met.
#pragma once

#include <string>

#include "cloud/redactor.hpp"
#include "providers/rest/dialect.hpp"

namespace tally::verda {

Dialect dialect();

/// What an action on one machine came to: a list of outcomes, which may be a refusal under a status that says that all
/// is well. Nothing for success, or for no list at all (a 204: it was so already).
std::optional<Error> refusal_in(const std::string& body, const Operation& operation, const Redactor& redactor);

}  // namespace tally::verda
