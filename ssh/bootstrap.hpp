// What a machine of ours is given once it answers: keys of its administrators and a script that sets up its agent.
// Over any Prober, on the thread of whoever calls. Safe to repeat at any time, also after we or the machine went down
// in the middle: keys are added once, and a script that has ended never runs again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ssh/prober.hpp"

namespace tally {

struct BootstrapPlan {
  std::vector<std::string> admin_keys;  // lines of authorized_keys without options
  std::string agent_script;             // with its "#!" line; "": none
};

struct BootstrapReport {
  std::optional<SshFailure> failure;  // empty: all of the plan is done, whatever the script's exit status
  int keys_added = 0;                 // that were not there yet
  std::optional<int> exit_status;     // of the script; empty: it has not ended, or there is none
  std::string output;                 // of the script, both streams, its first 64 KiB
  bool was_done_before = false;       // the script had ended before this call; the above is what was kept
};

/// Adds the keys to the user's authorized_keys (other lines stay byte for byte), then runs the script, once per
/// content: detached from the connection, in the home directory, its state under ~/.tallyd. A call that finds it
/// running waits for it. One that was cut off, by a reboot for example, is run again, five times at most. An exit
/// status other than 0 is told and kept, not tried again. Not done within `deadline`: a failure, while the script goes
/// on.
boost::asio::awaitable<BootstrapReport> bootstrap(Prober& prober, SshTarget target, BootstrapPlan plan,
                                                  std::chrono::milliseconds deadline);

}  // namespace tally
