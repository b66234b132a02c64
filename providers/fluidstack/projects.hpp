// Which of a region's projects is used: machines and capacity are a project's. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::fluidstack {

/// By the regions' names.
using ProjectsInUse = std::map<std::string, std::string>;

/// The ID of the project in GET /projects that was used until now, whatever its state: its machines are there; where
/// none was ("") that of the one active project. Another never takes the place of one that was used: asked for there,
/// each of its machines would seem to be gone. Error (invalid_request): there is none, or the choice is the user's,
/// which names them.
Result<std::string> choose_project(std::string_view body, const std::string& used, WorkLimit limit);

/// As text that is remembered over a restart; nothing is in what is no such text.
std::string to_cache(const ProjectsInUse& projects);
ProjectsInUse projects_in(const std::string& text);

}  // namespace tally::fluidstack
