// One request to the daemon's control socket (docs/openapi.yaml), for what tallyctl cannot read from the catalog.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "store/error.hpp"

namespace tally::cli {

/// Nothing was asked: no daemon listens there (69), or the socket may not be used (77).
class NotAsked : public StoreError {
  using StoreError::StoreError;
};

/// A member's text; "" when there is no such text, or no object.
std::string text_of(const boost::json::object* object, std::string_view member);

struct ControlReply {
  int status = 0;
  boost::json::value body;  // null when the answer is not JSON
  std::string location;     // the header of that name

  [[nodiscard]] bool is_ok() const { return status >= 200 && status < 300; }

  /// What a problem document says, else the status.
  [[nodiscard]] std::string detail() const;

  /// Of the document; "" when it has no such text.
  [[nodiscard]] std::string text(const std::string& member) const;
};

/// Sends one request, with a body unless that is empty, and waits for the whole answer; throws as ask_daemon().
ControlReply send_to_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                            const std::string& body, std::chrono::seconds deadline = std::chrono::seconds(30));

/// Sends a request and waits for the whole answer; when that says that the work goes on (202), follows it. A daemon
/// that has no room for more connections answers so. Throws StoreError: 69 when no daemon listens there, it has no
/// answer within the deadline, or hangs up without one; 77 when the socket may not be used.
ControlReply ask_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                        std::chrono::seconds deadline = std::chrono::seconds(30));

/// Waits for the end of an operation, at the Location that a 202 named: its result, or a problem with its error.
ControlReply follow(const std::filesystem::path& socket, const std::string& location,
                    std::chrono::seconds deadline = std::chrono::seconds(30));

}  // namespace tally::cli
