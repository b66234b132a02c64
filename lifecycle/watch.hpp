// What the service does of itself, for as long as a credential is in force. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// What needs no request, each few seconds: strays, creates that fail late, holds that are over, retirements.
boost::asio::awaitable<void> watch(DeskPtr desk);

}  // namespace tally::lifecycle
