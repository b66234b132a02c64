// Reads the JSON object that a request's body is, field by field; the first fault counts. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/message.hpp"

namespace tally::api {

class Fields {
 public:
  /// An empty body has no fields.
  explicit Fields(const std::string& body);

  /// A whole number within bounds; nothing when it is absent or null.
  std::optional<std::int64_t> whole(const std::string& name, std::int64_t least, std::int64_t most);

  /// To be called when all was read: 400 that names the field at fault, also one that nobody read.
  [[nodiscard]] std::optional<Response> refusal() const;

 private:
  void fail(const std::string& field, std::string detail);

  boost::json::object left_;  // what nobody has read yet
  bool is_object_ = true;
  std::string field_;  // at fault; "" none
  std::string detail_;
};

}  // namespace tally::api
