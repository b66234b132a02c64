#include "cli/client/control_reply.hpp"

#include <fmt/format.h>

#include <boost/json/value_to.hpp>

namespace tally::cli {
namespace json = boost::json;

namespace {

constexpr int came_to_nothing = 500;

}  // namespace

std::string text_of(const json::object* object, std::string_view member) {
  const json::value* value = object == nullptr ? nullptr : object->if_contains(member);
  return value != nullptr && value->is_string() ? json::value_to<std::string>(*value) : std::string();
}

std::string ControlReply::text(std::string_view member) const { return text_of(body.if_object(), member); }

std::string ControlReply::detail() const {
  const std::string said = text("detail");
  return said.empty() ? fmt::format("the daemon answered with status {}", status) : said;
}

const json::object* ControlReply::part(std::string_view name) const {
  const json::object* document = body.if_object();
  const json::value* part = document == nullptr ? nullptr : document->if_contains(name);
  return part == nullptr ? nullptr : part->if_object();
}

bool is_under_way(const ControlReply& seen) {
  const std::string state = text_of(seen.part("operation"), "state");
  return state == "started" || state == "unknown";
}

ControlReply problem_reply(const std::string& kind, const std::string& detail, const std::string& operation_id) {
  ControlReply reply;
  reply.status = came_to_nothing;
  reply.body = {{"detail", detail}, {"kind", kind}, {"operation_id", operation_id}};
  return reply;
}

std::optional<ControlReply> failure_in(const ControlReply& seen) {
  const json::object* operation = seen.part("operation");
  const std::string state = text_of(operation, "state");
  if (state != "failed" && state != "cleaned_up") return std::nullopt;
  const std::string kind = text_of(operation, "error_kind");
  const std::string error = text_of(operation, "error");
  return problem_reply(kind, error.empty() ? kind : error, text_of(operation, "id"));
}

}  // namespace tally::cli
