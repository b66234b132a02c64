#include "net/outgoing_request.hpp"

#include <algorithm>

#include "net/http.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

/// One that could smuggle in another one, or the request's end.
bool is_broken(const Header& header) {
  const std::string_view value = header.value.reveal();
  return header.name.empty() || std::any_of(header.name.begin(), header.name.end(), ascii::is_control) ||
         std::any_of(value.begin(), value.end(), ascii::is_control);
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::delete_: return "DELETE";
  }
  return "";
}

Result<OutgoingRequest> outgoing(const Request& request) {
  Result<HttpUrl> url = parse_http_url(request.url);
  if (!url) {
    url.error().certainty = Certainty::nothing_happened;
    return tl::unexpected(std::move(url.error()));
  }
  OutgoingRequest message;
  message.method = name_of(request.method);
  message.headers = {{"Host", Secret(url->host_header)},
                     {"User-Agent", Secret(std::string("tallyd/" TALLY_VERSION))},
                     {"Accept", Secret(std::string("application/json"))},
                     {"Accept-Encoding", Secret(std::string("gzip"))}};
  message.url = std::move(*url);
  message.body = request.body;
  if (!request.content_type.empty()) message.headers.push_back({"Content-Type", Secret(request.content_type)});
  if (const Result<> set = set_headers(message, request.headers); !set) return tl::unexpected(set.error());
  return message;
}

Result<> set_headers(OutgoingRequest& request, std::vector<Header> headers) {
  for (Header& header : headers) {
    if (is_broken(header)) {
      Error refused;
      refused.kind = Errc::invalid_request;
      refused.message = "a header holds a control character, or has no name";
      refused.certainty = Certainty::nothing_happened;
      return tl::unexpected(std::move(refused));
    }
    std::erase_if(request.headers, [&](const Header& other) { return is_same_header(other.name, header.name); });
    request.headers.push_back(std::move(header));
  }
  return {};
}

}  // namespace tally
