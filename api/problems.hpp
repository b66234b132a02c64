// Errors and refusals as problem documents (docs/openapi.yaml, Problem): the status by the error's kind. Pure.
#pragma once

#include <string>

#include "api/message.hpp"
#include "cloud/error.hpp"
#include "lifecycle/lifecycle.hpp"

namespace tally::api {

/// What went wrong, by its kind when nobody said more, and what can be done about it.
std::string detail_of(const Error& error);

Response problem_of(const Error& error);

/// Of what never came to the journal.
Response problem_of(const lifecycle::Refusal& refusal);

/// Of an operation that is over and came to nothing.
Response problem_of(const lifecycle::Progress& progress);

}  // namespace tally::api
