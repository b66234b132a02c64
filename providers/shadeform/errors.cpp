#include "providers/shadeform/errors.hpp"

#include "net/json.hpp"
#include "providers/vendor_error.hpp"

namespace tally::shadeform {
namespace {

struct VendorError {
  std::string code;
  std::string message;
};

/// {"error_code", "error"} or {"message"}; empty when the body is something else.
VendorError read_envelope(const std::string& body) {
  VendorError error;
  json::Row row;
  if (row.parse(body) != json::Row::Kind::good) return error;
  error.code = row.fields().text("error_code");
  error.message = row.fields().text("error");
  if (error.message.empty()) error.message = row.fields().text("message");
  return error;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A proxy's page instead of the service's words.
bool is_page(const Response& response) { return response.body.starts_with('<'); }

Errc kind_of(Operation operation, const Response& response, const std::string& code) {
  if (response.status == 429) return Errc::rate_limited;
  if (code == "OUT_OF_STOCK") return Errc::insufficient_resources;
  if (contains(code, "QUOTA") || contains(code, "LIMIT")) return Errc::out_of_quota;  // codes not confirmed
  if (response.status == 409) return Errc::conflict;
  if (response.status == 404) {
    if (is_page(response)) return Errc::service_unavailable;
    return operation == Operation::get_instance ? Errc::instance_not_found : Errc::resource_not_found;
  }
  return kind_of_status(response.status);
}

}  // namespace

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::list_instance_types: return "list instance types";
    case Operation::list_instances: return "list instances";
    case Operation::get_instance: return "get instance";
  }
  return "";
}

Error error_from(Operation operation, const Response& response) {
  VendorError vendor = read_envelope(response.body);
  const Errc kind = kind_of(operation, response, vendor.code);
  return in_operation(vendor_error(kind, response, std::move(vendor.code), std::move(vendor.message)), "shadeform",
                      to_string(operation));
}

}  // namespace tally::shadeform
