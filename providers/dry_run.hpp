// What a create would ask of a vendor. Loop thread.
#pragma once

#include <vector>

#include "cloud/create_request.hpp"
#include "cloud/planned_request.hpp"
#include "cloud/result.hpp"
#include "providers/provider.hpp"

namespace tally {

/// Carries the create out on an account of its own, whose calls that only read are made and whose calls that change
/// something are kept back and answered as the vendor might (Request::imagined); the first that has no such answer is
/// the last. Empty: the machine is there already. Errors: what the create is refused with before that.
Task<std::vector<PlannedRequest>> plan_create(const Provider& provider, AccountContext context, CreateRequest request);

}  // namespace tally
