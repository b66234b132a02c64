// SSH servers for simulated instances: each listens on a loopback address of its own, all on one port, with a host
// key of its own that is the same in every run on the same seed. What it lets run runs for real, in /bin/sh, as the
// user of this process, in a temporary home of the instance. One thread of its own; thousands of connections.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "simcloud/ssh_fault.hpp"

namespace tally::simcloud {

enum class SshExec {
  automatic,  // when there is an authorized key: else anybody on this machine would have a shell as our user
  on,
  off,  // every command is refused
};

struct SshOptions {
  std::uint16_t port = 0;  // on every address; 0: any free one
  std::uint64_t seed = 1;  // of the host keys

  /// A public key in a file of OpenSSH's format: it logs in, and so do keys in an instance's ~/.ssh/authorized_keys.
  /// Empty: any key does.
  std::filesystem::path authorized_key;

  SshExec exec = SshExec::automatic;
};

/// An instance that can be reached.
struct SshHost {
  std::string id;         // with the seed and `installations` it makes the host key
  std::string address;    // in 127.0.0.0/8, its own
  int installations = 0;  // counts up when the machine is set up anew, which changes its host key
  SshFault fault = SshFault::none;
  int boots = 0;  // counts up when it reboots, which ends its connections and changes its boot ID
  friend bool operator==(const SshHost&, const SshHost&) = default;
};

class SshServer {
 public:
  /// Throws boost::system::system_error when the port is taken, std::invalid_argument when the authorized key cannot
  /// be read.
  explicit SshServer(const SshOptions& options);
  ~SshServer();  // every connection is dropped, every command killed, the homes are removed
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  /// From now on these answer, and no others: connections to one that is gone or changed are dropped. Returns when
  /// that is so; may be awaited on any executor. A host that this process may not listen for (no descriptor left)
  /// is not reachable, and tried again the next time.
  boost::asio::awaitable<void> serve(std::vector<SshHost> hosts);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tally::simcloud
