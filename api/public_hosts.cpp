#include "api/public_hosts.hpp"

#include <algorithm>
#include <utility>

#include "runtime/ascii.hpp"

namespace tally::api {
namespace asio = boost::asio;

namespace {

/// "tallyd" of "tallyd:9714", "::1" of "[::1]:9714"; "" when it is neither.
std::string_view name_of(std::string_view host) {
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return "";
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
  } else {
    const std::size_t colon = std::min(host.find(':'), host.size());
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  const bool is_port =
      port.empty() || (port.front() == ':' && port.substr(1).find_first_not_of("0123456789") == std::string_view::npos);
  return is_port ? host : "";
}

}  // namespace

PublicHosts::PublicHosts(asio::ip::address listen, std::vector<std::string> names)
    : listen_(std::move(listen)), names_(std::move(names)) {
  names_.emplace_back("localhost");
}

bool PublicHosts::contain(std::string_view host) const {
  const std::string_view name = name_of(host);
  if (name.empty()) return false;
  boost::system::error_code no_address;
  const asio::ip::address address = asio::ip::make_address(std::string(name), no_address);
  // Nobody's name can be made to look like an address.
  if (!no_address) return address.is_loopback() || address == listen_ || listen_.is_unspecified();
  return std::any_of(names_.begin(), names_.end(),
                     [name](const std::string& each) { return ascii::iequals(each, name); });
}

}  // namespace tally::api
