// Ends machines, for users and for the service itself. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// Ends a machine: asked for again until the provider confirms, over when it is gone.
boost::asio::awaitable<void> carry_terminate(DeskPtr desk, OperationPtr operation);

/// Has a machine ended by an operation of its own, or joins the one that does; answers it. `why` is told in its event;
/// `with` is written in the same transaction.
boost::asio::awaitable<OperationPtr> end_machine(DeskPtr desk, CloudId machine, std::string location, RefId ref_id,
                                                 std::string why, JournalChanges with);

}  // namespace tally::lifecycle
