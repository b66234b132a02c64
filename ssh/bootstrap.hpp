// Makes a fresh machine ours over SSH: adds the admin keys to authorized_keys, then uploads the agent's script and runs
// it. Repeating it does no harm: keys that are there stay, a script that has run does not run again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ssh/prober.hpp"

namespace tally {

struct BootstrapPlan {
  std::vector<std::string> admin_keys;  // lines of authorized_keys
  std::string agent_script;             // "": none
};

struct BootstrapReport {
  std::optional<SshFailure> failure;  // of the way there; empty: all was done, whatever the script's exit status
  int keys_added = 0;
  std::optional<int> exit_status;  // of the script; empty when there is none
  std::string output;              // of the script
  bool was_done_before = false;    // the script had run already
};

/// Always returns, within `deadline`. When the caller is cancelled, operation_aborted is thrown.
boost::asio::awaitable<BootstrapReport> bootstrap(Prober& prober, SshTarget target, BootstrapPlan plan,
                                                  std::chrono::milliseconds deadline);

}  // namespace tally
