#include "api/understand.hpp"

#include <simdjson.h>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tally::api {
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace urls = boost::urls;

namespace {

bool is_utf8(const std::string& text) { return simdjson::validate_utf8(text.data(), text.size()); }

/// "/path?query", or the whole URL that clients send when they take us for a proxy (RFC 9112, 3.2.2).
std::optional<urls::url_view> parse_target(boost::core::string_view text) {
  const auto target = text.starts_with('/') ? urls::parse_origin_form(text) : urls::parse_absolute_uri(text);
  if (!target) return std::nullopt;
  const bool is_url = !target->has_scheme() || (target->scheme_id() == urls::scheme::http && target->has_authority());
  if (!is_url) return std::nullopt;
  return *target;
}

}  // namespace

Understood understand(const HttpRequest& message) {
  Understood understood;
  Request& request = understood.request;
  request.method = std::string(message.method_string());
  if (message.count("Last-Event-ID") > 0) request.last_event_id = std::string(message["Last-Event-ID"]);
  request.body = message.body();
  const auto target = parse_target({message.target().data(), message.target().size()});
  if (!target) {
    understood.refusal = problem(400, "the request's target is no path with a query");
    return understood;
  }
  // Of a whole URL the authority is the host, whatever the header says (RFC 9112, 3.2.2).
  request.host = std::string(target->has_authority() ? std::string(target->encoded_host_and_port())
                                                     : std::string(message[http::field::host]));
  for (const auto& segment : target->segments()) {
    request.path.push_back(segment);
    if (!is_utf8(request.path.back())) understood.refusal = problem(400, "the path is not UTF-8");
  }
  for (const auto& parameter : target->params()) {
    if (parameter.key.empty() && parameter.value.empty()) continue;  // of "?" and "a=1&"
    if (!is_utf8(parameter.key) || !is_utf8(parameter.value)) {
      understood.refusal = problem(400, "a parameter is not UTF-8");
    } else if (!request.query.emplace(parameter.key, parameter.value).second) {
      understood.refusal = problem(400, "is given more than once", parameter.key);
    }
  }
  return understood;
}

std::optional<Response> refusal_of(const HttpRequest& header) {
  const std::size_t hosts = header.count(http::field::host);
  const bool is_1_0 = header.version() < 11;
  if (hosts > 1) return problem(400, "the request names more than one Host");
  if (hosts == 0 && !is_1_0) return problem(400, "the request names no Host");
  if (header.count(http::field::transfer_encoding) > 0) {
    if (is_1_0) return problem(400, "HTTP/1.0 has no Transfer-Encoding");
    const bool is_plain = header.count(http::field::transfer_encoding) == 1 &&
                          beast::iequals(header[http::field::transfer_encoding], "chunked");
    if (!is_plain) return problem(501, "no Transfer-Encoding but \"chunked\" is understood");
  }
  if (header.count(http::field::expect) > 0 && !beast::iequals(header[http::field::expect], "100-continue")) {
    return problem(417, "nothing but \"100-continue\" can be expected");
  }
  return std::nullopt;
}

std::optional<Response> refusal_of(const boost::system::error_code& failure) {
  if (failure == http::error::header_limit) return problem(431, "the request's header is larger than 16 KiB");
  if (failure == http::error::body_limit) return problem(413, "the request's body is larger than 256 KiB");
  if (failure == http::error::partial_message) return problem(400, "the request ends before it is complete");
  if (failure == http::error::end_of_stream) return std::nullopt;
  if (failure.category() == make_error_code(http::error::bad_method).category()) {
    return problem(400, "the request is not HTTP/1.1: " + failure.message());
  }
  return std::nullopt;
}

}  // namespace tally::api
