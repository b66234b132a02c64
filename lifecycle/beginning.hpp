// From a request to an operation in the journal: what it joins, what refuses it, what is written before the first call.
#pragma once

#include "lifecycle/create_checks.hpp"
#include "lifecycle/create_turns.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

struct Begun {
  OperationPtr operation;
  bool was_over = false;  // before this request: nothing was begun
};

/// `turns` are the tenant's.
boost::asio::awaitable<Checked<Begun>> begin_create(DeskPtr desk, Create create, std::shared_ptr<CreateTurns> turns);
boost::asio::awaitable<Checked<Begun>> begin_change(DeskPtr desk, Request request);

/// The record of an operation that begins now. `digest`: of the request; "" for one of our own.
OperationRecord new_record(const Desk& desk, OperationKind kind, const std::string& digest);

/// In memory first, so that whoever comes meanwhile joins it. What cannot be written is refused and forgotten.
boost::asio::awaitable<Checked<OperationPtr>> enter(DeskPtr desk, OperationRecord record, JournalChanges changes);

/// What may be said of a create in this account.
AccountFacts facts_of(const Desk& desk);

}  // namespace tally::lifecycle
