// What the daemon does with one instance when tallyctl asks it to.
#pragma once

#include "cli/client/control_client.hpp"
#include "cli/command.hpp"
#include "cli/subject.hpp"

namespace tally::cli {

/// Asks for `/v1/instances/{credential}/{cloud_id}/ACTION`, with `query` ("name=value", encoded) if there is one. A
/// refusal is told on standard error, and the exit code is 1, or 77 when we may not ask for it. Throws StoreError when
/// no daemon answers.
ControlReply ask_for(Context& context, const Subject& instance, const std::string& action,
                     const std::string& query = "");

/// "vm-1 (i-1)", fit for a terminal.
std::string title_of(const Subject& instance);

}  // namespace tally::cli
