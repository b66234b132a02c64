// As whom the TCP listener answers: a page in somebody's browser whose name was made to mean this machine (DNS
// rebinding) still sends its own name as Host. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tally::api {

class PublicHosts {
 public:
  /// Loopback, the address that is listened at (all addresses, when that is the unspecified one) and these names.
  PublicHosts(boost::asio::ip::address listen, std::vector<std::string> names);

  /// `host` as a request has it, with or without a port; "" is nobody.
  [[nodiscard]] bool contain(std::string_view host) const;

 private:
  boost::asio::ip::address listen_;
  std::vector<std::string> names_;
};

}  // namespace tally::api
