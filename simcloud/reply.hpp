// One request and reply of the simulated servers, free of sockets.
#pragma once

#include <string>

namespace tally::simcloud {

struct Asked {
  std::string method;
  std::string path;           // without the query
  std::string authorization;  // the header of that name
  std::string api_key;        // X-API-KEY
  std::string body;
};

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string retry_after;
  std::string location;
};

}  // namespace tally::simcloud
