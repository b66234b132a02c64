// What is done with a machine that is there: stop, start, reboot, resize, tags, change of type, firewall rules. Loop
// thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "lifecycle/desk.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

/// Carries it out when those `ahead` of it are over; it is in the journal.
boost::asio::awaitable<void> carry_change(DeskPtr desk, OperationPtr operation, Request request,
                                          std::vector<OperationPtr> ahead);

/// Whether a reboot of it has begun that goes on when it is asked for again.
bool is_rebooting(const Desk& desk, const CloudId& machine);

/// Whether the provider shows that it was done, when no answer told: looked for until it does, a minute of its answers,
/// or Options::conclude_after without any. What cannot be seen was not.
boost::asio::awaitable<bool> is_found_done(DeskPtr desk, OperationPtr operation);

/// It was done: into the journal, and told.
boost::asio::awaitable<void> conclude_change(DeskPtr desk, OperationPtr operation);

}  // namespace tally::lifecycle
