// Holds types that a create could not have, and releases them: in memory, in the journal, and told. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// The type could not be had: held at once, before anybody can ask for it again. `changes` are to be written.
void hold_type(Desk& desk, const OperationRecord& create, const std::string& zone, JournalChanges& changes);

/// Those whose hold is over can be had again.
boost::asio::awaitable<void> release_holds(DeskPtr desk);

}  // namespace tally::lifecycle
