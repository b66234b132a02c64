#include "api/routes.hpp"

#include <algorithm>

namespace tally::api {
namespace {

using Names = std::vector<std::string>;

/// What stands for the parts in braces; nothing when the path is not of that pattern.
std::optional<Names> match(std::string_view pattern, const std::vector<std::string>& path) {
  Names names;
  std::size_t at = 0;
  for (std::size_t begin = 1; begin <= pattern.size(); ++at) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string_view part = pattern.substr(begin, end - begin);
    if (at == path.size()) return std::nullopt;
    if (part.starts_with('{')) {
      names.push_back(path[at]);
    } else if (part != path[at]) {
      return std::nullopt;
    }
    begin = end + 1;
  }
  if (at != path.size()) return std::nullopt;
  return names;
}

bool serves(const Route& route, const std::string& method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

Response not_allowed(const std::string& allowed) {
  Response response = problem(405, "only " + allowed + " is allowed here");
  response.allow = allowed;
  return response;
}

}  // namespace

Routes::Found Routes::find(const Request& request) const {
  Found found;
  std::string allowed;
  for (const Route& route : routes_) {
    std::optional<Names> names = match(route.path, request.path);
    if (!names) continue;
    if (serves(route, request.method)) {
      found.route = &route;
      found.names = std::move(*names);
      return found;
    }
    allowed += (allowed.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
  }
  found.refusal = allowed.empty() ? problem(404, "there is nothing at this path") : not_allowed(allowed);
  return found;
}

std::optional<Response> refusal_of_parameters(const Route& route, const Request& request) {
  for (const auto& [name, value] : request.query) {
    const bool is_known = std::find(route.parameters.begin(), route.parameters.end(), name) != route.parameters.end();
    if (!is_known) return problem(400, "is no parameter of this resource", name);
  }
  return std::nullopt;
}

}  // namespace tally::api
