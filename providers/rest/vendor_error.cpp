#include "providers/rest/vendor_error.hpp"

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr std::size_t quoted_bytes = 200;

/// What to say of an answer that is not in the API's form.
std::string describe(const Response& response, const Redactor& redactor) {
  const std::string body(cut(response.body, limits::error_body));
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "the answer is empty, which is not the API's form";
  if (body[begin] == '<') return "the answer is a web page, not the API's: is `endpoint` right?";
  return "the answer is not in the API's form: " + printable(redactor.clean(body), quoted_bytes);
}

}  // namespace

Errc kind_of_status(int status) {
  if (status == 401) return Errc::auth;
  if (status == 403) return Errc::forbidden;
  if (status == 429) return Errc::rate_limited;
  if (status >= 500 || status < 400 || status == 404) return Errc::service_unavailable;
  return Errc::invalid_request;
}

std::optional<json::Value> read_refusal(const std::string& body) {
  if (body.size() > limits::error_body) return std::nullopt;
  const auto text = json::whole_row(body);
  json::Value value;
  if (!text || json::Parser().parse(*text, value) != json::Parsed::good) return std::nullopt;
  return value;
}

Error vendor_error(Errc kind, const Response& response, std::string code, std::string message,
                   const Redactor& redactor) {
  Error error;
  error.kind = kind;
  error.status = response.status;
  error.retry_after = response.retry_after;
  error.code = printable(redactor.clean(std::move(code)));
  error.message = message.empty() ? describe(response, redactor) : printable(redactor.clean(std::move(message)));
  return error;
}

Error in_operation(Error error, std::string_view provider, std::string_view operation) {
  error.provider = provider;
  error.operation = operation;
  error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace tally
