// How SF Compute refuses. Source: its preview API's description.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::sfcompute {

Dialect dialect();

}  // namespace tally::sfcompute
