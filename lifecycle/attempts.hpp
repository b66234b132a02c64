// The calls of an operation in its journal: each is written before it is made, and what came of it after. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// The call is about to be made: in the journal before. False: it could not be written, and the operation has failed;
/// one of our own, which nobody would ask for again, waits until it can be.
boost::asio::awaitable<bool> begin_attempt(DeskPtr desk, OperationPtr operation, AttemptRecord attempt);

/// Its last call is over. Answers the record, as it is to be written.
AttemptRecord end_attempt(const Desk& desk, Operation& operation, AttemptOutcome outcome,
                          const std::optional<Error>& error);

/// The last call to the vendor failed, and the operation with it: written with `changes`.
boost::asio::awaitable<void> fail_with_its_call(DeskPtr desk, OperationPtr operation, Error error,
                                                JournalChanges changes);

}  // namespace tally::lifecycle
