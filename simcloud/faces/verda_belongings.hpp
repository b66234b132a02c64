// Keys, startup scripts and volumes as Verda's API has them.
#pragma once

#include <vector>

#include "simcloud/face.hpp"

namespace tally::simcloud::verda_api {

std::vector<Route> belongings_routes();

}  // namespace tally::simcloud::verda_api
