// What the daemon answers on its control socket (docs/openapi.yaml), and what an answer tells of an operation: of one
// in the journal, and of a probe or a check alike. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tally::cli {

/// A member's text; "" when there is no such text, or no object.
std::string text_of(const boost::json::object* object, std::string_view member);

struct ControlReply {
  int status = 0;
  boost::json::value body;  // null when the answer is not JSON
  std::string location;     // the header of that name

  [[nodiscard]] bool is_ok() const { return status >= 200 && status < 300; }

  /// What was asked for goes on (202), as an operation that can be followed.
  [[nodiscard]] bool goes_on() const { return status == 202; }

  /// What a problem document says, else the status.
  [[nodiscard]] std::string detail() const;

  /// Of the document; "" when it has no such text.
  [[nodiscard]] std::string text(std::string_view member) const;

  /// A member of the document that is an object, such as "operation"; nullptr when there is none.
  [[nodiscard]] const boost::json::object* part(std::string_view name) const;
};

/// Whether the operation that an answer tells of is not over.
bool is_under_way(const ControlReply& seen);

/// What is answered at once when an operation comes to nothing: a problem.
ControlReply problem_reply(const std::string& kind, const std::string& detail, const std::string& operation_id);

/// The same of an operation that was followed; nothing unless it came to nothing.
std::optional<ControlReply> failure_in(const ControlReply& seen);

}  // namespace tally::cli
