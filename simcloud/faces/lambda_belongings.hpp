// What Lambda's Cloud API says of an account's SSH keys, file systems and firewall rulesets, and does with them.
#pragma once

#include "simcloud/face.hpp"

namespace tally::simcloud::lambda_api {

/// The routes below /ssh-keys, /file-systems, /filesystems, /firewall-rules and /firewall-rulesets.
std::vector<Route> belongings_routes();

}  // namespace tally::simcloud::lambda_api
