// From the request of a create to its operation in the journal: what it joins, what refuses it, what is written before
// the first call. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "lifecycle/begin_operation.hpp"
#include "lifecycle/create_checks.hpp"
#include "lifecycle/create_turns.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

/// What may be said of a create in this account.
AccountFacts facts_of(const Desk& desk);

/// Begins it, or joins the one that it is the same as. `turns` are the tenant's.
boost::asio::awaitable<Checked<Begun>> begin_create(DeskPtr desk, Create create, std::shared_ptr<CreateTurns> turns);

}  // namespace tally::lifecycle
