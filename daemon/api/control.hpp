// What the control API asks of the daemon beyond reading the catalog. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cloud/ids.hpp"

namespace tally::api {

class Control {
 public:
  virtual ~Control() = default;

  /// Puts configuration and vault in force again. Answers the problems; with any, nothing has changed.
  virtual boost::asio::awaitable<std::vector<std::string>> reload() = 0;

  /// Asks the provider what a credential may do, as the document CredentialCheck of docs/openapi.yaml; none when no
  /// such credential is in force.
  virtual boost::asio::awaitable<std::optional<boost::json::object>> check(CredentialRef credential) = 0;
};

}  // namespace tally::api
