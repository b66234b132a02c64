// From a name and a port to a connected socket, for whoever opens connections.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "runtime/clock.hpp"

namespace tally {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// The addresses of a name, at most eight, or words for a person. The look-ups of one io_context share 32 threads, one
/// a name: a dead name does not hold up others.
boost::asio::awaitable<tl::expected<Endpoints, std::string>> resolve(std::string host, int port,
                                                                     TimePoint deadline = TimePoint::max());

/// Tries each address, the next one a quarter of a second after the last; the first that accepts wins. Without one by
/// the deadline: words for a person.
boost::asio::awaitable<tl::expected<boost::asio::ip::tcp::socket, std::string>> connect(
    Endpoints endpoints, TimePoint deadline = TimePoint::max());

}  // namespace tally
