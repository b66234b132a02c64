// How Lambda refuses. Source: Lambda Cloud API 1.10.0, error codes.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::lambda {

Dialect dialect();

}  // namespace tally::lambda
