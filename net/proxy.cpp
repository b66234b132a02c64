#include "net/proxy.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdlib>

#include "cloud/host.hpp"
#include "runtime/ascii.hpp"

namespace tally {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

std::optional<ip::address> address_from(const std::string& text) {
  error_code failure;
  ip::address address = ip::make_address(text, failure);
  if (failure) return std::nullopt;
  return address;
}

bool is_this_machine(const std::string& host) { return is_loopback(host) || host.ends_with(".localhost"); }

bool is_in_network(const std::string& host, const std::string& network) {
  const auto address = address_from(host);
  if (!address) return false;
  error_code failure;
  if (address->is_v4()) {
    const auto v4 = ip::make_network_v4(network, failure);
    return !failure && v4.canonical() == ip::network_v4(address->to_v4(), v4.prefix_length()).canonical();
  }
  const auto v6 = ip::make_network_v6(network, failure);
  return !failure && v6.canonical() == ip::network_v6(address->to_v6(), v6.prefix_length()).canonical();
}

/// Takes ":port" off, if it is there and no part of an IPv6 address.
std::string take_port(std::string& rule) {
  const std::size_t colon = rule.rfind(':');
  const bool is_bracketed = rule.starts_with('[');
  const bool has_port = colon != std::string::npos && (is_bracketed ? rule[colon - 1] == ']' : rule.find(':') == colon);
  std::string port;
  if (has_port) {
    port = rule.substr(colon + 1);
    rule.resize(colon);
  }
  if (rule.starts_with('[') && rule.ends_with(']')) rule = rule.substr(1, rule.size() - 2);
  return port;
}

bool is_excepted(const HttpUrl& url, std::string rule) {
  const std::string& host = url.host;
  if (rule == "*" || is_in_network(host, rule)) return true;
  const std::string port = take_port(rule);
  if (!port.empty() && port != url.port) return false;
  if (const auto address = address_from(rule)) return address_from(host) == address;
  if (rule.starts_with('.')) rule.erase(0, 1);
  if (rule.ends_with('.')) rule.pop_back();
  return !rule.empty() && (host == rule || host.ends_with("." + rule));
}

Error unusable(std::string message) {
  Error error;
  error.kind = Errc::invalid_request;
  error.operation = "use the proxy of the environment";
  error.message = std::move(message);
  return error;
}

Secret basic(const boost::urls::url_view& url) {
  const Secret plain(url.user() + ":" + url.password());
  const std::string_view bytes = plain.reveal();
  std::string coded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(coded.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  coded.resize(static_cast<std::size_t>(size));
  return Secret("Basic " + coded);
}

const char* variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

}  // namespace

Result<ProxyRules> ProxyRules::parse(std::string_view proxy, std::string_view exceptions) {
  ProxyRules rules;
  if (proxy.empty()) return rules;
  std::string text(proxy);
  if (text.find("://") == std::string::npos) text = "http://" + text;
  const auto url = boost::urls::parse_uri(text);
  if (!url) return tl::unexpected(unusable("the proxy is no URL: http://[user:password@]host:port"));
  if (url->scheme() != "http") {
    return tl::unexpected(
        unusable("a proxy is spoken to by http://; " + std::string(url->scheme()) + ":// is not supported"));
  }
  if (url->host().empty()) return tl::unexpected(unusable("the proxy's URL names no host"));
  Proxy& used = rules.proxy_.emplace();
  used.host = url->host_type() == boost::urls::host_type::ipv6 ? url->host_address() : url->host();
  used.port = url->has_port() && !url->port().empty() ? std::string(url->port()) : "80";
  // Boost.URL takes "host:x" for an empty port and a path.
  if (!parse_port(used.port) || (!url->encoded_path().empty() && !url->encoded_path().starts_with('/')))
    return tl::unexpected(unusable("the proxy's port is no number from 1 to 65535"));
  if (url->has_userinfo()) used.authorization = basic(*url);
  std::vector<std::string> parts;
  boost::algorithm::split(parts, exceptions, boost::algorithm::is_any_of(", \t"), boost::algorithm::token_compress_on);
  for (std::string& part : parts) {
    part = ascii::lower(part);
    if (!part.empty()) rules.exceptions_.push_back(std::move(part));
  }
  return rules;
}

Result<ProxyRules> ProxyRules::from_environment() {
  return parse(variable({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}), variable({"no_proxy", "NO_PROXY"}));
}

const Proxy* ProxyRules::for_url(const HttpUrl& url) const {
  if (!proxy_ || !url.is_tls || is_this_machine(url.host)) return nullptr;
  const bool is_direct = std::any_of(exceptions_.begin(), exceptions_.end(),
                                     [&url](const std::string& rule) { return is_excepted(url, rule); });
  return is_direct ? nullptr : &*proxy_;
}

}  // namespace tally
