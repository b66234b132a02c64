// What is done with a machine that is there: stop, start, reboot, resize, tags, change of type, firewall rules.
#pragma once

#include "lifecycle/desk.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

/// Carries it out; it is in the journal.
boost::asio::awaitable<void> carry_change(DeskPtr desk, OperationPtr operation, Request request);

/// Whether the machine shows what the operation's record asks of it; what cannot be seen was not done. Pure.
bool shows_done(const OperationRecord& operation, const Instance& machine);

}  // namespace tally::lifecycle
