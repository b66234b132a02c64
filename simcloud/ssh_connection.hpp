// One connection to a simulated SSH server, from its first byte to its end, on the server's thread.
#pragma once

#include <libssh/server.h>

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "simcloud/ssh_fault.hpp"
#include "simcloud/ssh_homes.hpp"
#include "simcloud/ssh_keys.hpp"

namespace tally::simcloud {

class SshConnection {
 public:
  virtual ~SshConnection() = default;

  /// Begins to serve; `on_end` is called once, when either side has ended it.
  virtual void start(std::function<void()> on_end) = 0;

  /// Ends it without a word.
  virtual void close() = 0;
};

/// What the connections to one instance have in common. Outlives them.
struct SshRules {
  ssh_bind bind = nullptr;  // carries the algorithms; shared by all instances
  SshKeyPointer host_key;
  SshFault fault = SshFault::none;
  ssh_key authorized_key = nullptr;  // nullptr: any
  bool runs_commands = true;
  SshHomes* homes = nullptr;
  std::string instance;
  std::string boot_id;
};

/// One that speaks SSH, up to where the fault says. nullptr when libssh cannot take the socket.
std::shared_ptr<SshConnection> make_ssh_connection(boost::asio::ip::tcp::socket socket, const SshRules& rules);

/// One that never comes to speak SSH: silent, tarpit, banner.
std::shared_ptr<SshConnection> make_mute_connection(boost::asio::ip::tcp::socket socket, SshFault fault);

}  // namespace tally::simcloud
