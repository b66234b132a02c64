#include "net/url.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include "cloud/host.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

tl::unexpected<Error> refuse(std::string message) {
  Error error;
  error.kind = Errc::invalid_request;
  error.message = std::move(message);
  return tl::unexpected(std::move(error));
}

/// In lower case and without the root's dot, so that one host has one spelling.
std::string plain_host(std::string host) {
  host = ascii::lower(host);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return refuse("not a URL");
  const boost::urls::url_view& url = *parsed;
  // Boost.URL 1.81 takes what is no number behind the host's colon for the path.
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/') return refuse("not a URL");
  HttpUrl result;
  result.is_tls = url.scheme() == "https";
  if (!result.is_tls && url.scheme() != "http") return refuse("only https URLs can be called");
  if (url.has_userinfo()) return refuse("a URL must not carry a user or password");
  result.host = plain_host(url.host_address());
  if (result.host.empty()) return refuse("the URL names no host");
  const bool has_port = url.has_port() && !url.port().empty();
  if (has_port && !parse_port(std::string(url.port()))) return refuse("the URL's port is out of range");
  result.port = has_port ? std::string(url.port()) : (result.is_tls ? "443" : "80");
  result.host_header = std::string(url.encoded_host());
  if (result.port != (result.is_tls ? "443" : "80")) result.host_header += ":" + result.port;
  result.target = std::string(url.encoded_resource().substr(0, url.encoded_resource().find('#')));
  if (result.target.empty() || result.target.front() != '/') result.target.insert(0, "/");
  if (!result.is_tls && !is_loopback(result.host)) {
    return refuse("plain http is for this machine only; use https for " + result.host);
  }
  return result;
}

std::string encode_segment(std::string_view segment) {
  return boost::urls::encode({segment.data(), segment.size()}, boost::urls::unreserved_chars);
}

}  // namespace tally
