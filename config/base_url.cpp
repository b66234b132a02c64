#include "config/base_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "cloud/host.hpp"
#include "config/text_fault.hpp"

namespace tally {
namespace {

enum class Query { allowed, refused };

std::string url_fault(const std::string& text, Query query) {
  if (const std::string odd = character_fault(text, Characters::visible_ascii); !odd.empty()) return odd;
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return "is not a URL";
  const boost::urls::url_view& url = *parsed;
  if (url.scheme() != "https" && url.scheme() != "http") return "must begin with https://";
  if (url.host().empty()) return "names no host";
  // Boost.URL takes "host:x" for an empty port and a path.
  if (!url.encoded_path().empty() && !url.encoded_path().starts_with('/')) return "has a port that is no number";
  // Its port_number() wraps around.
  if (url.has_port() && !url.port().empty() && !parse_port(std::string(url.port()))) {
    return "has a port that is out of range";
  }
  if (url.has_userinfo()) return "must not carry a user or password";
  if (query == Query::refused && (url.has_query() || url.has_fragment())) {
    return "must end with its path: no ? and no #";
  }
  if (url.has_fragment()) return "must have no #";
  if (url.scheme() == "http" && !is_loopback(url.host_address())) return "plain http is for loopback addresses only";
  return "";
}

}  // namespace

std::string base_url_fault(const std::string& text) { return url_fault(text, Query::refused); }

std::string webhook_url_fault(const std::string& text) { return url_fault(text, Query::allowed); }

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace tally
