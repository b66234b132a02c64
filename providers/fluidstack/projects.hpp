// Which of a region's projects is used: machines and capacity are a project's. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::fluidstack {

/// The ID of the one active project in GET /projects. Error (invalid_request): there is none, or the choice is the
/// user's, which names them.
Result<std::string> choose_project(std::string_view body, WorkLimit limit);

}  // namespace tally::fluidstack
