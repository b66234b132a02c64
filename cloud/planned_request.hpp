// A request of a dry run. Values only.
#pragma once

#include <map>
#include <string>

namespace tally {

/// As it would be sent: secrets are `***`, a script or the user data is its size and SHA-256.
struct PlannedRequest {
  std::string method;
  std::string target;  // the whole URL
  std::map<std::string, std::string> headers;
  std::string body;
};

}  // namespace tally
