#include "providers/lambda/errors.hpp"

#include "cloud/limits.hpp"
#include "providers/rest/vendor_error.hpp"
#include "runtime/text.hpp"

namespace tally::lambda {
namespace {

constexpr std::string_view ban_words = "banned you temporarily";

struct VendorError {
  std::string code;
  std::string message;
  std::string advice;
};

/// The envelope {"error": {"code", "message", "suggestion"?}}; empty when the body is something else.
VendorError read_envelope(const std::string& body) {
  VendorError error;
  const auto refusal = read_refusal(body);
  const json::Value* envelope = refusal ? refusal->find("error") : nullptr;
  if (envelope == nullptr) return error;
  error.code = envelope->text_of("code");
  error.message = envelope->text_of("message");
  error.advice = envelope->text_of("suggestion");
  return error;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Errc kind_of_code(Operation operation, std::string_view code) {
  if (code == "global/object-does-not-exist") {
    return operation == Operation::get_instance ? Errc::instance_not_found : Errc::resource_not_found;
  }
  if (code == "global/not-found") return Errc::resource_not_found;
  if (code == "global/invalid-api-key") return Errc::auth;
  if (code == "global/account-inactive" || code == "global/invalid-address" || code == "global/forbidden") {
    return Errc::forbidden;
  }
  if (code == "global/quota-exceeded") return Errc::out_of_quota;
  if (code == "global/conflict" || code.ends_with("-in-use")) return Errc::conflict;
  if (code.starts_with("provider/")) {
    if (contains(code, "capacity")) return Errc::insufficient_resources;
    return contains(code, "quota") ? Errc::out_of_quota : Errc::service_unavailable;
  }
  if (code == "global/internal-error" || code == "global/unknown") return Errc::service_unavailable;
  return Errc::invalid_request;
}

}  // namespace

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::list_regions: return "list regions";
    case Operation::list_instance_types: return "list instance types";
    case Operation::list_instances: return "list instances";
    case Operation::get_instance: return "get instance";
  }
  return "";
}

bool is_ban(const Response& response) {
  return !response.body.starts_with('{') &&
         contains(std::string_view(response.body).substr(0, limits::error_body), ban_words);
}

Error error_from(Operation operation, const Response& response, const Redactor& redactor) {
  VendorError vendor = read_envelope(response.body);
  Errc kind = kind_of_status(response.status);
  if (response.status == 429 || is_ban(response)) {
    kind = Errc::rate_limited;
  } else if (!vendor.code.empty() && (response.status < 500 || vendor.code.starts_with("provider/"))) {
    kind = kind_of_code(operation, vendor.code);
  }
  Error error = in_operation(vendor_error(kind, response, std::move(vendor.code), std::move(vendor.message), redactor),
                             "lambda-labs", to_string(operation));
  error.advice = printable(redactor.clean(std::move(vendor.advice)));
  return error;
}

}  // namespace tally::lambda
