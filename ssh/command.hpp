// A command on a session that is logged in: stdin in, output and exit status out. SSH thread.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "ssh/prober.hpp"
#include "ssh/session.hpp"

namespace tally {

/// Runs to the end of the command. What it printed is in `output` also when it fails on the way. Both arguments
/// outlive the call.
boost::asio::awaitable<Step> run_command(SshSession& session, const SshCommand& command, SshOutput& output);

}  // namespace tally
