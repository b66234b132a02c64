// What every operation begins with: its record, and its way into the journal. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "lifecycle/desk.hpp"
#include "lifecycle/refusal.hpp"

namespace tally::lifecycle {

/// What a request has come to.
struct Begun {
  OperationPtr operation;
  bool was_over = false;  // before this request: nothing was begun
};

/// The record of an operation that begins now. `digest`: of the request; "" for one of our own.
OperationRecord new_record(const Desk& desk, OperationKind kind, const std::string& digest);

/// In memory first, so that whoever comes meanwhile joins it. What cannot be written is refused and forgotten.
boost::asio::awaitable<Checked<OperationPtr>> enter(DeskPtr desk, OperationRecord record, JournalChanges changes);

}  // namespace tally::lifecycle
