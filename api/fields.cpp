#include "api/fields.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

namespace tally::api {
namespace json = boost::json;

Fields::Fields(const std::string& body) {
  if (body.empty()) return;
  boost::system::error_code failure;
  json::value value = json::parse(body, failure);
  is_object_ = !failure && value.is_object();
  if (is_object_) left_ = std::move(value.get_object());
}

std::optional<std::int64_t> Fields::whole(const std::string& name, std::int64_t least, std::int64_t most) {
  const auto at = left_.find(name);
  if (at == left_.end()) return std::nullopt;
  const json::value value = at->value();
  left_.erase(at);
  if (value.is_null()) return std::nullopt;
  const bool is_fit = value.is_int64() && value.get_int64() >= least && value.get_int64() <= most;
  if (is_fit) return value.get_int64();
  fail(name, fmt::format("must be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<Response> Fields::refusal() const {
  if (!is_object_) return problem(400, "the body is no JSON object");
  if (!field_.empty()) return problem(400, detail_, field_);
  if (!left_.empty()) return problem(400, "is no field of this request", std::string(left_.begin()->key()));
  return std::nullopt;
}

void Fields::fail(const std::string& field, std::string detail) {
  if (!field_.empty()) return;
  field_ = field;
  detail_ = std::move(detail);
}

}  // namespace tally::api
