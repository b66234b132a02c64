// A connection that a bastion makes for us, as a socket: what is written to it comes out at the target. SSH thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "ssh/session.hpp"
#include "ssh/step.hpp"

namespace tally {

class Forward {
 public:
  /// Asks the bastion to connect, or words for a person. The session is logged in and outlives the forward.
  static boost::asio::awaitable<OrWords<std::unique_ptr<Forward>>> open(SshSession& bastion, std::string host,
                                                                        int port);

  /// Our end. Once only.
  Socket take_socket() { return std::move(our_end_); }

  /// Carries bytes both ways until either side closes. No failure of its own: the other end sees a closed connection.
  boost::asio::awaitable<void> carry();

 private:
  Forward(SshSession& bastion, Channel channel);
  [[nodiscard]] bool take_from_channel();
  [[nodiscard]] bool give_to_channel();
  [[nodiscard]] bool give_to_socket();
  boost::asio::awaitable<void> ready();

  SshSession& bastion_;
  Channel channel_;
  Socket our_end_;
  Socket socket_;         // the far end
  std::string inbound_;   // from the channel, not yet in the socket
  std::string outbound_;  // from the socket, not yet in the channel
};

}  // namespace tally
