#include "cloud/loopback.hpp"

#include <boost/asio/ip/address.hpp>

namespace tally {

bool is_loopback(const std::string& host) {
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(host, failure);
  return host == "localhost" || (!failure && address.is_loopback());
}

}  // namespace tally
