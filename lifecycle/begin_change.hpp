// From any other request than a create to its operation in the journal: what it joins, what refuses it, what is written
// before the first call. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "lifecycle/begin_operation.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"

namespace tally::lifecycle {

/// Begins it, or joins the one that it is the same as; a terminate joins whatever ends its machine already.
boost::asio::awaitable<Checked<Begun>> begin_change(DeskPtr desk, Request request);

}  // namespace tally::lifecycle
