// Makes a machine at the vendor. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// Carries out a create that is in the journal: zone after zone, after a certain refusal for want of resources only.
/// `turn`: when it may begin.
boost::asio::awaitable<void> carry_create(DeskPtr desk, OperationPtr operation, CreateRequest what,
                                          std::vector<std::string> zones, TimePoint turn);

}  // namespace tally::lifecycle
