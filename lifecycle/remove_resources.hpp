// Removes at the vendor what creates made beside their machines. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// Removes what a create made and is to be removed, for as long as it takes.
boost::asio::awaitable<void> remove_resources(DeskPtr desk, OperationPtr create);

}  // namespace tally::lifecycle
