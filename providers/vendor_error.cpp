#include "providers/vendor_error.hpp"

#include "cloud/text.hpp"

namespace tally {
Errc kind_of_status(int status) {
  if (status == 401) return Errc::auth;
  if (status == 403) return Errc::forbidden;
  if (status == 429) return Errc::rate_limited;
  if (status >= 500 || status < 400) return Errc::service_unavailable;
  return Errc::invalid_request;
}

Error vendor_error(Errc kind, const Response& response, std::string code, std::string message) {
  Error error;
  error.kind = kind;
  error.status = response.status;
  error.retry_after = response.retry_after;
  error.code = printable(code);
  error.message = message.empty() ? "the answer is not in the API's form" : printable(message);
  error.is_retry_safe = kind == Errc::service_unavailable || kind == Errc::rate_limited;
  return error;
}

Error in_operation(Error error, std::string_view provider, std::string_view operation) {
  error.provider = provider;
  error.operation = operation;
  return error;
}

}  // namespace tally
