// From a name and a port to a connected socket. SSH thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "ssh/step.hpp"

namespace tally {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// The addresses of a name, at most eight, or words for a person. The look-up has a thread of its own, which is left
/// behind when the caller is cancelled: the system's resolver cannot be stopped, and a dead name must not hold up
/// others.
boost::asio::awaitable<OrWords<Endpoints>> resolve(std::string host, int port);

/// Tries each address, the next one a quarter of a second after the last; the first that accepts wins. Without one:
/// words for a person. No time limit of its own.
boost::asio::awaitable<OrWords<boost::asio::ip::tcp::socket>> connect(Endpoints endpoints);

}  // namespace tally
