// The URLs that may be called: https anywhere, plain http to this machine only. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/result.hpp"

namespace tally {

struct HttpUrl {
  bool is_tls = true;
  std::string host;         // lower case, without a dot at its end; IPv6 without brackets
  std::string port;         // decimal
  std::string host_header;  // without the scheme's own port
  std::string target;       // path and query, starts with '/'

  /// Connections to one origin may be shared.
  [[nodiscard]] std::string origin() const { return (is_tls ? "https://" : "http://") + host + ":" + port; }
};

/// Error (invalid_request): not a URL, another scheme, user information in it, or plain http to another machine.
Result<HttpUrl> parse_http_url(std::string_view url);

/// One path segment, or the value of a parameter, percent-encoded.
std::string encode_segment(std::string_view segment);

}  // namespace tally
