// The table of what the control API serves: methods, paths and parameters, and who serves them. What fits no route is
// refused here, so that a handler sees only what its route describes. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/message.hpp"

namespace tally::api {

/// How long a client is kept waiting for an outcome: HTTP clients commonly give up after ten seconds.
inline constexpr std::chrono::seconds longest_wait{8};

/// A request that a route takes.
struct Call {
  Request request;
  std::vector<std::string> names;  // what stands in the path for each part in braces, in order
};

struct Route {
  std::string method;                   // "GET" serves HEAD, too
  std::string path;                     // "/v1/instances/{credential}/{cloud_id}"
  std::vector<std::string> parameters;  // of the query: no others are taken
  bool is_action = false;               // changes something: for operators only
  std::function<boost::asio::awaitable<Response>(Call call)> handle;
  bool is_public = false;  // served over TCP, too, to anybody
};

class Routes {
 public:
  struct Found {
    const Route* route = nullptr;
    std::vector<std::string> names;
    std::optional<Response> refusal;  // set when there is no route
  };

  explicit Routes(std::vector<Route> routes) : routes_(std::move(routes)) {}

  /// 404 when no route has the path, 405 with those that it has when none has the method.
  [[nodiscard]] Found find(const Request& request) const;

  [[nodiscard]] const std::vector<Route>& all() const { return routes_; }

 private:
  const std::vector<Route> routes_;
};

/// 400 when the query has a parameter that the route does not take.
std::optional<Response> refusal_of_parameters(const Route& route, const Request& request);

}  // namespace tally::api
