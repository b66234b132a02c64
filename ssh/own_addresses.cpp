#include "ssh/own_addresses.hpp"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "runtime/contains.hpp"

namespace tally {
namespace ip = boost::asio::ip;

namespace {

constexpr std::chrono::seconds good_for{2};

std::optional<ip::address> address_of(const sockaddr* of, std::size_t size) {
  ip::tcp::endpoint endpoint;
  if (size > endpoint.capacity()) return std::nullopt;
  std::memcpy(endpoint.data(), of, size);
  endpoint.resize(size);
  return endpoint.address();
}

/// One form of each address: IPv4 as such, IPv6 without the interface.
ip::address plain(const ip::address& address) {
  if (!address.is_v6()) return address;
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6);
  return ip::address_v6(v6.to_bytes());
}

}  // namespace

Addresses interface_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) throw std::system_error(errno, std::generic_category(), "getifaddrs");
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owned(list, &freeifaddrs);
  Addresses addresses;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    const auto family = at->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const std::size_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (const auto address = address_of(at->ifa_addr, size)) addresses.push_back(plain(*address));
  }
  return addresses;
}

bool OwnAddresses::hold(const ip::address& address, bool may_be_loopback) {
  const ip::address wanted = plain(address);
  if (wanted.is_unspecified()) return true;
  if (wanted.is_loopback()) return !may_be_loopback;
  const Addresses& ours = now();
  return contains(ours, wanted);
}

const Addresses& OwnAddresses::now() {
  const Steady::time_point time = clock_();
  if (!known_since_ || time - *known_since_ > good_for) {
    known_ = source_();
    known_since_ = time;
  }
  return known_;
}

std::optional<ip::address> numeric_address(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_flags = AI_NUMERICHOST;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &wanted, &list) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, &freeaddrinfo);
  return address_of(list->ai_addr, list->ai_addrlen);
}

}  // namespace tally
