#include "providers/rest/dialect.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "cloud/wildcards.hpp"
#include "net/json_rows.hpp"
#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

constexpr std::size_t quoted_bytes = 200;

bool fits(const ErrorRule& rule, const Operation& operation, int status, const Refusal& said) {
  // A call about an instance chooses no image, whatever the words: only a code says better.
  const bool is_by_words = !rule.words.empty();
  if (is_by_words && rule.kind == Errc::image_not_found && operation.is_about_instance) return false;
  if (rule.status != 0 && rule.status != status && rule.status != status / 100) return false;
  if (!rule.code.empty() && (said.code.empty() || !fits_wildcards(rule.code, said.code))) return false;
  return rule.words.empty() || fits_wildcards(rule.words, ascii::lower(said.message));
}

/// An error that is the API's own, not of somebody who stands before it.
bool is_vendors_word(const Refusal& said) { return !said.code.empty() || !said.message.empty(); }

Errc kind_of(const Dialect& dialect, const Operation& operation, int status, const Refusal& said) {
  const auto rule = std::find_if(dialect.rules.begin(), dialect.rules.end(),
                                 [&](const ErrorRule& each) { return fits(each, operation, status, said); });
  Errc kind = rule == dialect.rules.end() ? kind_of_status(status) : rule->kind;
  // A gateway's 408 or 409 says nothing of the request: it is asked again.
  const bool is_said = rule != dialect.rules.end() || is_vendors_word(said);
  if (!is_said && kind == Errc::invalid_request) kind = Errc::service_unavailable;
  return kind == Errc::instance_not_found && !operation.is_about_instance ? Errc::resource_not_found : kind;
}

/// What to say of an answer that is not in the API's form.
std::string describe(const Response& answer, const Redactor& redactor) {
  const std::string body(cut(answer.body, limits::error_body));
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "the answer is empty, which is not the API's form";
  if (body[begin] == '<') return "the answer is a web page, not the API's: is `endpoint` right?";
  return "the answer is not in the API's form: " + printable(redactor.clean(body), quoted_bytes);
}

}  // namespace

std::optional<json::Value> refusal_json(const std::string& body) {
  if (body.size() > limits::error_body) return std::nullopt;
  const auto text = json::whole_row(body);
  json::Value value;
  if (!text || json::Parser().parse(*text, value) != json::Parsed::good) return std::nullopt;
  return value;
}

Errc kind_of_status(int status) {
  if (status == 401) return Errc::auth;
  if (status == 403) return Errc::forbidden;
  if (status == 429) return Errc::rate_limited;
  if (status >= 500 || status < 400 || status == 404) return Errc::service_unavailable;
  return Errc::invalid_request;
}

Error error_of(const Dialect& dialect, const Operation& operation, const Response& answer, const Redactor& redactor) {
  const Refusal said = dialect.read_refusal(answer);
  Error error;
  error.kind = kind_of(dialect, operation, answer.status, said);
  error.provider = dialect.provider_id;
  error.operation = operation.words;
  error.status = answer.status;
  error.retry_after = answer.retry_after;
  error.code = printable(redactor.clean(said.code));
  error.message = said.message.empty() ? describe(answer, redactor) : printable(redactor.clean(said.message));
  error.advice = printable(redactor.clean(said.advice));
  // Who stands before the API may have passed the request on.
  const bool is_turned_away = answer.status == 401 || answer.status == 403 || answer.status == 429;
  const bool is_refusal = error.kind != Errc::service_unavailable;
  if (is_turned_away || (is_vendors_word(said) && is_refusal)) error.certainty = Certainty::nothing_happened;
  return error;
}

Error unasked(const Dialect& dialect, const Operation& operation, Errc kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return unread(dialect, operation, true, std::move(error));
}

Error unread(const Dialect& dialect, const Operation& operation, bool only_reads, Error error) {
  error.provider = dialect.provider_id;
  error.operation = operation.words;
  if (only_reads) error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace tally
