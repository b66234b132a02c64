// What a create becomes at Launchpad: the checks that need no network, and the body of POST /v1/catalog/deployments/.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "cloud/create_request.hpp"
#include "cloud/ids.hpp"
#include "cloud/result.hpp"
#include "providers/launchpad/product.hpp"
#include "providers/launchpad/settings.hpp"
#include "runtime/timestamp.hpp"

namespace tally::launchpad {

/// Why the request cannot be honoured, whatever the type; the message begins with the parameter in back quotes.
std::optional<Error> find_refusal(const CreateRequest& request, const Settings& settings);

/// What makes a repeated create the same: the RefID, and after the first machine of it the number of those before.
std::string request_id_of(const CreateRequest& request);

/// The JSON body. Refused: nobody said which experience such a machine is of. `now`: what a retirement counts from.
Result<std::string> order_of(const CreateRequest& request, const Product& product, const CredentialRef& credential,
                             const Settings& settings, Timestamp now);

}  // namespace tally::launchpad
