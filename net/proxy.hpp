// Which proxy a call goes through, by the usual environment variables. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/result.hpp"
#include "cloud/secret.hpp"
#include "net/url.hpp"

namespace tally {

/// An HTTP proxy that tunnels (CONNECT). May be named in messages, but for its authorization.
struct Proxy {
  std::string host;
  std::string port;
  Secret authorization;  // value of Proxy-Authorization; empty when it wants none
};

class ProxyRules {
 public:
  ProxyRules() = default;  // none: every call is direct

  /// `proxy` is a URL, http://[user:password@]host[:port], the scheme optional, or "". `exceptions` is a list with
  /// commas: `*`, a host or domain (sub-domains included, with or without a leading dot), an address, a network such
  /// as 10.0.0.0/8; each but `*` and networks may end in :port. Error (invalid_request) without the URL's user and
  /// password when the URL cannot be used.
  static Result<ProxyRules> parse(std::string_view proxy, std::string_view exceptions);

  /// From HTTPS_PROXY (else ALL_PROXY) and NO_PROXY, each in lower case, too, which counts first.
  static Result<ProxyRules> from_environment();

  /// nullptr: the call is direct. Plain http and this machine are never proxied.
  [[nodiscard]] const Proxy* for_url(const HttpUrl& url) const;

 private:
  std::optional<Proxy> proxy_;
  std::vector<std::string> exceptions_;  // lower case
};

}  // namespace tally
