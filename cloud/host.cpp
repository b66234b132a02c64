#include "cloud/host.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstdint>

#include "runtime/ascii.hpp"
#include "runtime/number.hpp"

namespace tally {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

bool is_label(std::string_view label) {
  const auto is_of_a_name = [](char c) { return ascii::is_letter_or_digit(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= longest_label && label.front() != '-' &&
         std::all_of(label.begin(), label.end(), is_of_a_name);
}

/// A name with a dot in it whose last label begins with a letter: all other names are addresses to some resolver.
bool is_dns_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::size_t last_dot = name.rfind('.');
  if (name.size() > longest_name || last_dot == std::string_view::npos) return false;
  if (last_dot + 1 == name.size() || !ascii::is_letter(name[last_dot + 1])) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (!is_label(name.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

bool is_anybodys(const ip::address_v4& address, LoopbackIs loopback) {
  if (address.is_loopback()) return loopback == LoopbackIs::an_instances;
  const bool is_of_this_network = address.to_bytes()[0] == 0;  // all of 0.0.0.0/8
  return !is_of_this_network && !address.is_multicast() && address != ip::address_v4::broadcast();
}

bool is_anybodys(const ip::address& address, LoopbackIs loopback) {
  if (address.is_v4()) return is_anybodys(address.to_v4(), loopback);
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return is_anybodys(ip::make_address_v4(ip::v4_mapped, v6), loopback);
  if (v6.is_loopback()) return loopback == LoopbackIs::an_instances;
  return !v6.is_unspecified() && !v6.is_multicast();
}

}  // namespace

bool is_ip_address(const std::string& host) {
  boost::system::error_code failure;
  ip::make_address(host, failure);
  return !failure;
}

std::string instance_address(std::string_view stated, LoopbackIs loopback) {
  std::string host(stated);
  boost::system::error_code failure;
  const ip::address address = ip::make_address(host, failure);
  if (!failure) return is_anybodys(address, loopback) ? host : std::string();
  const bool is_own_name =
      boost::algorithm::iequals(host, "localhost") || boost::algorithm::iends_with(host, ".localhost");
  if (is_own_name) return loopback == LoopbackIs::an_instances ? host : std::string();
  return is_dns_name(host) ? host : std::string();
}

bool is_loopback(const std::string& host) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(host, failure);
  return boost::algorithm::iequals(host, "localhost") || (!failure && address.is_loopback());
}

std::optional<int> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port != 0 ? port : std::nullopt;
}

}  // namespace tally
