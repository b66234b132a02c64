#include "cloud/host.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>

namespace tally {

bool is_loopback(const std::string& host) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(host, failure);
  return boost::algorithm::iequals(host, "localhost") || (!failure && address.is_loopback());
}

std::optional<int> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc() || rest != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace tally
