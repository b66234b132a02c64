// Who may have the daemon change something: root, the daemon's own user, and the members of one group.
#pragma once

#include <optional>

#include "api/message.hpp"
#include "api/peer.hpp"
#include "runtime/user_group.hpp"

namespace tally::api {

/// `group` is `[control] operator_group`; `own` the user that the daemon runs as.
bool may_act(const Peer& peer, uid_t own, const std::optional<UserGroup>& group);

/// 403 that names what is missing.
Response may_not_act(const std::optional<UserGroup>& group);

}  // namespace tally::api
