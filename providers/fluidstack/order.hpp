// What a create becomes at FluidStack: the checks that need no network, and the body of POST /instances. Pure.
#pragma once

#include <string>

#include "cloud/create_request.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"

namespace tally::fluidstack {

/// The JSON body. The key and the firewall travel in the user data, whose script sets them at the first start, before
/// the user's own; `user` is whom the key lets in. Refused: what the vendor cannot honour, by its parameter.
Result<std::string> order_of(const CreateRequest& request, const CredentialRef& credential, const std::string& user);

}  // namespace tally::fluidstack
