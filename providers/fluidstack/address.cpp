#include "providers/fluidstack/address.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>

namespace tally::fluidstack {
namespace {

namespace ip = boost::asio::ip;

struct Network {
  std::uint32_t begin;
  int bits;
};

// IANA's IPv4 Special-Purpose Address Registry, as far as it is not global.
constexpr std::array networks = {
    Network{0x00000000, 8},  Network{0x0A000000, 8},  Network{0x64400000, 10}, Network{0x7F000000, 8},
    Network{0xA9FE0000, 16}, Network{0xAC100000, 12}, Network{0xC0000000, 24}, Network{0xC0000200, 24},
    Network{0xC0A80000, 16}, Network{0xC6120000, 15}, Network{0xC6336400, 24}, Network{0xCB007100, 24},
    Network{0xF0000000, 4},
};

bool is_global(std::uint32_t address) {
  return std::none_of(networks.begin(), networks.end(), [address](const Network& network) {
    return (address ^ network.begin) >> static_cast<unsigned>(32 - network.bits) == 0;
  });
}

/// Of IPv6 only 2000::/3 is given to anybody; 2001:db8::/32 is for documentation.
bool is_global(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  const bool is_documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8;
  return (bytes[0] & 0xe0U) == 0x20 && !is_documentation;
}

}  // namespace

bool is_reached_from_anywhere(const std::string& address, LoopbackIs loopback) {
  boost::system::error_code failure;
  const ip::address parsed = ip::make_address(address, failure);
  if (failure) return false;
  if (parsed.is_loopback()) return loopback == LoopbackIs::an_instances;
  return parsed.is_v4() ? is_global(parsed.to_v4().to_uint()) : is_global(parsed.to_v6());
}

}  // namespace tally::fluidstack
