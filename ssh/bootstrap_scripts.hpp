// The shell scripts of bootstrap, for any POSIX shell (dash, busybox, bash). Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tally {

inline constexpr std::size_t agent_output_limit = std::size_t{64} * 1024;

/// Names the script by its content: "agent-" and its SHA-256.
std::string agent_name(const std::string& script);

/// Where the script is uploaded to, below the home directory.
std::string agent_path(const std::string& agent);

// Both print what they have to say between two lines of the mark (ssh/answer.hpp).

/// Reads `keys` lines of stdin into authorized_keys and makes the directory of `agent` ("": none). Answers how many
/// keys it added, and the agent's state: "none", "missing" (not uploaded), "uploaded" or "ended".
std::string prepare_line(std::string_view mark, std::size_t keys, const std::string& agent);

/// Starts the uploaded script unless it was, and waits for its end. Answers "ended", its exit status and, from the
/// second line on, its output; or "running" when it has not ended in time; or "given-up".
std::string agent_line(std::string_view mark, const std::string& agent, std::chrono::seconds patience);

}  // namespace tally
