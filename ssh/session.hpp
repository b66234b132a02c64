// One SSH session over a connected socket: libssh, driven by Asio. libssh never blocks here: when it would, it says so,
// and we wait for the socket and call again. SSH thread; no time limit of its own, a cancel ends every wait.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ssh/step.hpp"
#include "ssh/target.hpp"

struct ssh_key_struct;
struct ssh_session_struct;
struct ssh_channel_struct;

namespace tally {

/// A connected socket: to a machine, or one end of a pair.
using Socket = boost::asio::posix::stream_descriptor;

class SshSession {
 public:
  /// Takes the socket over. Asks only for algorithms of the host keys that are expected. The failure: an option that
  /// libssh does not take.
  static OrWords<std::unique_ptr<SshSession>> over(Socket socket, const SshTarget& target);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  /// Until the server has told its version. `heard` becomes the beginning of all that it says until then, as it came;
  /// it outlives the call, also one that is cancelled.
  boost::asio::awaitable<Step> await_version(std::string& heard);
  /// Until the connection is encrypted. After await_version().
  boost::asio::awaitable<Step> exchange_keys();
  /// The last failure was that the server has no key of a type that was asked for.
  [[nodiscard]] bool has_no_common_host_key() const;

  /// "SSH-2.0-OpenSSH_9.2p1", printable; "" before it is known.
  [[nodiscard]] std::string server_version() const;
  /// After exchange_keys(): who is there. This says nothing on whether it is who it should be.
  [[nodiscard]] HostKey host_key() const;

  boost::asio::awaitable<Step> authenticate(ssh_key_struct* key);

  /// For what runs on top of the session: its handle, a wait until a call that would have blocked may go on, and what
  /// went wrong when a call failed. Any call may take in packets that another one waits for: wait only when all were
  /// made and bytes_received() is what it was before.
  [[nodiscard]] ssh_session_struct* handle() const { return session_; }
  boost::asio::awaitable<void> ready();
  [[nodiscard]] std::uint64_t bytes_received() const;
  [[nodiscard]] std::string failure_words() const;
  /// The socket, to wait for it together with others. Only async_wait.
  Socket& socket() { return socket_; }
  [[nodiscard]] bool wants_to_write() const;

 private:
  explicit SshSession(Socket socket);
  [[nodiscard]] bool set_options(const SshTarget& target);
  void connect_once();
  void overhear(std::string& heard);
  [[nodiscard]] bool has_failed_with(std::string_view words) const;
  [[nodiscard]] std::string auth_words(const std::string& user);

  Socket socket_;
  ssh_session_struct* session_;
  std::string user_;
  int connected_;  // what ssh_connect said last
  struct Traffic;  // what came in, counted by libssh
  std::unique_ptr<Traffic> traffic_;
};

/// A channel of a session; freed before it.
struct FreeChannel {
  void operator()(ssh_channel_struct* channel) const;
};
using Channel = std::unique_ptr<ssh_channel_struct, FreeChannel>;

}  // namespace tally
