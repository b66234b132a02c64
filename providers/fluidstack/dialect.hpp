// How FluidStack refuses: {"message"} in both of its APIs, and no codes. Source: Infrastructure and Management API
// v1alpha1; the words are not confirmed.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::fluidstack {

namespace codes {
inline constexpr std::string_view project_not_found = "project_not_found";
}

Dialect dialect();

}  // namespace tally::fluidstack
