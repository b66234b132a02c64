// What Shadeform's API v1 says of an account's SSH keys and volumes, and does with them.
#pragma once

#include "simcloud/face.hpp"

namespace tally::simcloud::shadeform_api {

/// The routes below /sshkeys and /volumes.
std::vector<Route> belongings_routes();

}  // namespace tally::simcloud::shadeform_api
