#include "providers/shadeform/errors.hpp"

#include "providers/rest/vendor_error.hpp"

namespace tally::shadeform {
namespace {

struct VendorError {
  std::string code;
  std::string message;
};

/// {"error_code", "error"} or {"message"}; empty when the body is something else.
VendorError read_envelope(const std::string& body) {
  VendorError error;
  const auto refusal = read_refusal(body);
  if (!refusal) return error;
  error.code = refusal->text_of("error_code");
  error.message = refusal->text_of("error");
  if (error.message.empty()) error.message = refusal->text_of("message");
  return error;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A 404 without a code is the word of a proxy, a router or a gateway: it says nothing of what the API knows.
Errc kind_of(Operation operation, int status, const std::string& code) {
  if (status == 429) return Errc::rate_limited;
  if (code == "OUT_OF_STOCK") return Errc::insufficient_resources;
  if (contains(code, "QUOTA") || contains(code, "LIMIT")) return Errc::out_of_quota;  // codes not confirmed
  if (status == 409) return Errc::conflict;
  if (status == 404 && contains(code, "NOT_FOUND")) {
    return operation == Operation::get_instance ? Errc::instance_not_found : Errc::resource_not_found;
  }
  return kind_of_status(status);
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

Error error_from(Operation operation, const Response& response, const Redactor& redactor) {
  VendorError vendor = read_envelope(response.body);
  const Errc kind = kind_of(operation, response.status, vendor.code);
  return in_operation(vendor_error(kind, response, std::move(vendor.code), std::move(vendor.message), redactor),
                      "shadeform", to_string(operation));
}

}  // namespace tally::shadeform
