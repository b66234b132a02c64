// One request and reply of the simulated servers, free of sockets.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simcloud {

struct Asked {
  std::string method;
  std::string path;                            // as it came, without the query
  std::map<std::string, std::string> query;    // decoded; of a name given twice the last
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  /// "" when it is not there.
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

/// Path and query of a request's target. One that is no path has an empty path.
Asked make_asked(std::string method, std::string_view target);

/// The path's parts between slashes, decoded; of "/" none.
std::vector<std::string> segments_of(std::string_view path);

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string retry_after;
  std::string location;
};

}  // namespace tally::simcloud
