// Looks for what came of a create whose answer was lost; create_decision.hpp decides by what is seen. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// Finds out what came of a create that nobody was told the outcome of, and adopts its machine or ends what it made.
boost::asio::awaitable<void> resolve_create(DeskPtr desk, OperationPtr operation);

}  // namespace tally::lifecycle
