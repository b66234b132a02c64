// The Prober that does it: libssh on a thread of its own. Called from any loop. It may go before the loops that call
// it, contacts in flight then end with operation_aborted, or after them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "ssh/own_addresses.hpp"
#include "ssh/prober.hpp"

namespace tally {

struct SshLimits {
  /// Connecting or connected. Further contacts wait their turn, and their deadline begins with it: a call returns
  /// within the wait and its deadline. A contact takes up to six descriptors, so the process's limit counts too.
  std::size_t contacts = 2000;

  /// Exchanging keys or logging in: that is what costs. The wait for it is no part of a stage's time, but of the
  /// contact's. Who is slower than `patience` no longer counts.
  std::size_t handshakes = 24;
  std::chrono::milliseconds patience{5'000};

  /// Names being looked up, a thread each.
  std::size_t lookups = 32;
};

class SshProber final : public Prober {
 public:
  /// `own_addresses` tells the addresses of this host, which are not contacted; called on the SSH thread.
  explicit SshProber(SshLimits limits = {}, std::function<Addresses()> own_addresses = interface_addresses);
  ~SshProber() override;
  SshProber(const SshProber&) = delete;
  SshProber& operator=(const SshProber&) = delete;

  boost::asio::awaitable<SshReport> probe(SshTarget target, std::chrono::milliseconds deadline) override;
  boost::asio::awaitable<SshRun> run(SshTarget target, SshCommand command) override;
  boost::asio::awaitable<SshReport> upload(SshTarget target, SshFile file, std::chrono::milliseconds deadline) override;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace tally
