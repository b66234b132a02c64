// One request to the daemon's control socket (docs/openapi.yaml), for what tallyctl cannot read from the catalog.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "cli/client/control_reply.hpp"
#include "store/error.hpp"

namespace tally::cli {

/// Nothing was asked: no daemon listens there (69), or the socket may not be used (77).
class NotAsked : public StoreError {
  using StoreError::StoreError;
};

/// How long the daemon may take for a probe, which waits for its turn among the daemon's own and then for the machine,
/// twice if need be, or for a check of a credential.
inline constexpr std::chrono::seconds patience_for_contact{90};

/// Sends one request, with a body unless that is empty, and waits for the whole answer; throws as ask_daemon().
ControlReply send_to_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                            const std::string& body, std::chrono::seconds deadline = std::chrono::seconds(30));

/// Sends a request and waits for the whole answer; when that says that the work goes on (202), follows it. A daemon
/// that has no room for more connections answers so. Throws StoreError: 69 when no daemon listens there, it has no
/// answer within the deadline, or hangs up without one; 77 when the socket may not be used.
///
/// It is for probes and checks, which end with the daemon and have a result: one that does not answer any more leaves
/// nothing to be followed. What is in the journal goes on at its next start: LifecycleClient follows that.
ControlReply ask_daemon(const std::filesystem::path& socket, const std::string& method, const std::string& target,
                        std::chrono::seconds deadline = std::chrono::seconds(30));

/// Waits for the end of a probe or a check, at the Location that a 202 named: its result, or a problem with its error.
ControlReply follow(const std::filesystem::path& socket, const std::string& location,
                    std::chrono::seconds deadline = std::chrono::seconds(30));

}  // namespace tally::cli
