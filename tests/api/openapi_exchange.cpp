#include "tests/api/openapi_exchange.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <sstream>

#include "runtime/ascii.hpp"
#include "runtime/path_pattern.hpp"
#include "tests/api/openapi_document.hpp"

namespace tally::api_tests {
namespace json = boost::json;

namespace {

using MaybePart = std::optional<DescribedPart>;

MaybePart operation_for(const api::Request& request) {
  const std::string method = request.method == "HEAD" ? "get" : ascii::lower(request.method);
  for (const auto& [pattern, path] : openapi_document().find({"paths"})->members()) {
    if (match_path(pattern, request.path)) return path.find({method});
  }
  return std::nullopt;
}

MaybePart answer_to_anything(int status) {
  return openapi_document().find({"x-responses-to-any-request", std::to_string(status)});
}

bool is_named_somewhere(int status) {
  for (const auto& [pattern, path] : openapi_document().find({"paths"})->members()) {
    for (const auto& [method, operation] : path.members()) {
      if (operation.find({"responses", std::to_string(status)})) return true;
    }
  }
  return answer_to_anything(status).has_value();
}

std::string fault_of_json(const std::string& text, const DescribedPart& schema) {
  boost::system::error_code failure;
  const json::value value = json::parse(text, failure);
  return failure ? "is no JSON: " + text : misfit_of(value, schema);
}

/// `described` has a `content`.
std::string fault_of_content(const std::string& content_type, const std::string& body, const DescribedPart& described) {
  const std::string media_type = content_type.substr(0, content_type.find(';'));
  const MaybePart schema = described.find({"content", media_type, "schema"});
  if (!schema) return media_type + " is not described";
  return media_type.ends_with("json") ? fault_of_json(body, *schema) : misfit_of(json::value(body), *schema);
}

std::string fault_of_headers(const api::Response& response, const DescribedPart& described) {
  const MaybePart headers = described.find({"headers"});
  if (!headers) return "";
  for (const auto& [name, header] : headers->members()) {
    const bool is_there =
        (name == "Allow" && !response.allow.empty()) || (name == "Location" && !response.location.empty());
    if (header.find({"required"}) && !is_there) return "has no " + name;
  }
  return "";
}

std::string fault_of_answer(const api::Response& response, const DescribedPart& operation) {
  MaybePart described = operation.find({"responses", std::to_string(response.status)});
  if (!described) described = answer_to_anything(response.status);
  if (!described) return "the status is not described";
  const std::string fault = fault_of_headers(response, *described);
  if (!fault.empty()) return fault;
  // What a stream says comes later.
  if (response.stream) return described->find({"content", response.content_type}) ? "" : "no stream is described";
  return fault_of_content(response.content_type, response.body, *described);
}

std::string fault_of_request(const std::string& body, const DescribedPart& operation) {
  const MaybePart described = operation.find({"requestBody"});
  if (!described) return "";
  if (!body.empty()) return fault_of_content("application/json", body, *described);
  const MaybePart required = described->find({"required"});
  return required && required->value->as_bool() ? "a request without a body was taken" : "";
}

/// What stands after the name in a line of an event: "data: {}".
json::object fields_of(const std::string& event) {
  json::object fields;
  std::istringstream lines(event);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == 0 || colon == std::string::npos) continue;  // a comment
    fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return fields;
}

}  // namespace

std::string fault_of_exchange(const api::Request& request, const api::Response& response) {
  const MaybePart operation = operation_for(request);
  const bool is_over_tcp = request.peer.pid == 0;
  const bool is_not_served = !operation || (is_over_tcp && response.status == 404);
  std::string fault = is_not_served ? fault_of_refusal(response.status, response.content_type, response.body)
                                    : fault_of_answer(response, *operation);
  const bool is_taken = operation && response.status >= 200 && response.status < 300;
  if (fault.empty() && is_taken) fault = fault_of_request(request.body, *operation);
  if (fault.empty()) return "";
  return request.method + " /" + boost::join(request.path, "/") + " " + request.body + " answers " +
         std::to_string(response.status) + " " + response.body +
         "\nwhich docs/openapi.yaml does not describe: " + fault;
}

std::string fault_of_events(const std::string& events) {
  const MaybePart schema = openapi_document().find(
      {"paths", "/v1/events", "get", "responses", "200", "content", "text/event-stream", "schema"});
  const MaybePart data_schema = openapi_document().find({"components", "schemas", "Event"});
  std::size_t at = 0;
  for (std::size_t end = events.find("\n\n"); end != std::string::npos; end = events.find("\n\n", at)) {
    const std::string event = events.substr(at, end - at);
    at = end + 2;
    const json::object fields = fields_of(event);
    if (fields.empty()) continue;
    std::string fault = misfit_of(fields, *schema);
    if (fault.empty()) fault = fault_of_json(std::string(fields.at("data").as_string()), *data_schema);
    if (!fault.empty()) return event + "\nis an event that docs/openapi.yaml does not describe: " + fault;
  }
  return at == events.size() ? "" : "an event comes in part: " + events.substr(at);
}

std::string fault_of_refusal(int status, const std::string& content_type, const std::string& body) {
  if (!is_named_somewhere(status)) return "the status " + std::to_string(status) + " is named nowhere";
  if (status < 400) return "what nobody describes is taken";
  if (content_type != "application/problem+json") return "an error has the content type " + content_type;
  std::string fault = fault_of_json(body, *openapi_document().find({"components", "schemas", "Problem"}));
  if (fault.empty() && json::parse(body).at("status") != status) fault = "\"status\" is another than the answer's";
  return fault;
}

}  // namespace tally::api_tests
