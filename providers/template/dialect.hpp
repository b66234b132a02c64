// How the imaginary vendor refuses. Source: the head of simcloud/faces/template.cpp, which is its documentation.
#pragma once

#include "providers/rest/dialect.hpp"

namespace tally::template_api {

Dialect dialect();

}  // namespace tally::template_api
