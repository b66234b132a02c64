// What a new machine of Verda's runs at its first start: it gets a user of its own, and the host firewall. Pure.
#pragma once

#include <string>

#include "cloud/create_request.hpp"
#include "cloud/result.hpp"

namespace tally::verda {

/// For root. The user logs in with the key alone, and may become root; what SSH is allowed to is the firewall's; the
/// user's own script comes last. `public_key`: a line of OpenSSH. Refused: a key that is more than one line, a user
/// that is no name, rules and user data that are wrong (providers/guest/).
Result<std::string> startup_script(const CreateRequest& request, const std::string& user,
                                   const std::string& public_key);

}  // namespace tally::verda
