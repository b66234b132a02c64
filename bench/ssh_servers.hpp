// Simulated SSH servers in a process of their own on a processor of its own, so that their CPU time is nobody else's.
// Start them before any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tally::bench {

class SshServers {
 public:
  /// At 127.10.0.1, 127.10.0.2, ... (at most 250); any key logs in.
  explicit SshServers(std::size_t count);
  ~SshServers();
  SshServers(const SshServers&) = delete;
  SshServers& operator=(const SshServers&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string address(std::size_t contact) const;

 private:
  std::size_t count_;
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

/// This process, and what it starts, on one processor from now on; as it was where there is none of that number.
void pin_to_processor(std::size_t number);

}  // namespace tally::bench
