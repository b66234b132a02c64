// What can be said of a change to a machine before anybody is asked. Pure.
#pragma once

#include "cloud/account.hpp"
#include "lifecycle/refusal.hpp"
#include "lifecycle/requests.hpp"
#include "tally/known.hpp"

namespace tally::lifecycle {

/// An ID as a vendor could have given it.
Checked<> check_machine(const Machine& machine);

/// The request in canonical form, if the account, the type and the machine can do it and its state allows it.
Checked<Request> check_change(const Request& request, Account& account, const KnownTypes& types,
                              const KnownInstance& machine);

}  // namespace tally::lifecycle
