// Carries out retirements: the vendor is told of them, people are told ahead, and machines are ended when it is time.
// Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// When the machine was to be ended until now (nothing: never); nothing when that is not known.
using UntilNow = std::optional<std::optional<Timestamp>>;

/// Tells the vendor of a retirement that is in the journal, where it can end machines itself. When it refuses, what
/// held until now does again.
boost::asio::awaitable<void> carry_retire(DeskPtr desk, OperationPtr operation, UntilNow until_now);

/// Takes the next step of each retirement. By a clock that is not believed nothing is done; when something is due, that
/// is told.
boost::asio::awaitable<void> retire_due(DeskPtr desk, bool is_clock_believed);

}  // namespace tally::lifecycle
