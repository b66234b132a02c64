// The steps of a contact over SSH, in their order. Each is timed, and an error names the one in which it happened.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tally {

enum class SshStage {
  dns,       // the name became addresses
  tcp,       // one of them accepted
  banner,    // the server told its version
  kex,       // keys are exchanged, the connection is encrypted
  host_key,  // the server's key is one that is expected, or the first ever seen
  auth,      // our key let us in
  exec,      // a command ran to its end
};
inline constexpr std::size_t ssh_stages = 7;

/// The name as stored and printed: "host_key".
std::string_view to_string(SshStage stage);

/// How long each stage took; one that was not finished has no time.
using SshTimes = std::array<std::optional<std::chrono::milliseconds>, ssh_stages>;

}  // namespace tally
