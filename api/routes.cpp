#include "api/routes.hpp"

#include "runtime/contains.hpp"
#include "runtime/path_pattern.hpp"

namespace tally::api {
namespace {

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
    std::optional<std::vector<std::string>> names = match_path(route.path, request.path);
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
    const bool is_known = contains(route.parameters, name);
    if (!is_known) return problem(400, "is no parameter of this resource", name);
  }
  return std::nullopt;
}

}  // namespace tally::api
