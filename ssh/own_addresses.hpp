// The addresses that this host holds. An instance whose address is one of them is somewhere else, whatever a vendor
// says: whoever answers here is us, and must not be pinned, logged in to or set up as that machine.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally {

using Addresses = std::vector<boost::asio::ip::address>;

/// Those of all interfaces, as the system has them now. Throws std::system_error.
Addresses interface_addresses();

/// Asked on one thread.
class OwnAddresses {
 public:
  using Steady = std::chrono::steady_clock;

  /// `source` tells them all; it is asked again when what it said is older than two seconds.
  explicit OwnAddresses(std::function<Addresses()> source, std::function<Steady::time_point()> clock = &Steady::now)
      : source_(std::move(source)), clock_(std::move(clock)) {}

  /// Whether a connection to the address ends at this host: it is one of ours, in whatever form, or is unspecified.
  /// Loopback is ours too, unless it `may_be_loopback`: instances of a simulated cloud are there.
  bool hold(const boost::asio::ip::address& address, bool may_be_loopback);

 private:
  const Addresses& now();

  std::function<Addresses()> source_;
  std::function<Steady::time_point()> clock_;
  Addresses known_;
  std::optional<Steady::time_point> known_since_;
};

/// An address that is written as one, also as "0" or "127.1" as the system's resolver takes it; nothing for a name.
std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

}  // namespace tally
