// How Shadeform refuses. Source: Shadeform API v1, its OpenAPI description and guides of March 2026.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::shadeform {

Dialect dialect();

}  // namespace tally::shadeform
