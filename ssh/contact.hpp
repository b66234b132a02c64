// One contact with one machine, from its name to the end of what is wanted of it: the stages in their order, directly
// or through a bastion. SSH thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "runtime/gate.hpp"
#include "ssh/own_addresses.hpp"
#include "ssh/private_key.hpp"
#include "ssh/prober.hpp"
#include "ssh/progress.hpp"
#include "ssh/session.hpp"
#include "ssh/step.hpp"

namespace tally {

/// What the contacts of one thread share.
struct ContactShare {
  Gate handshakes;
  Gate lookups;
  PrivateKeys keys;
  OwnAddresses own;
};

class Contact {
 public:
  /// `command` may be nullptr: nothing is run. It, the output and what is shared outlive the contact.
  Contact(ContactShare& share, SshTarget target, const SshCommand* command, SshOutput* output);

  /// To the end or to the first failure, both told in the report. Without a time limit; a cancel throws.
  boost::asio::awaitable<void> run();

  /// For a contact that was cancelled because its time was over.
  void fail_late(std::chrono::milliseconds deadline);

  SshReport take_report() { return progress_.take(); }

 private:
  using Opened = OrWords<std::unique_ptr<SshSession>>;

  enum class Here { allowed, refused };  // what leads to this host itself
  boost::asio::awaitable<OrWords<Socket>> dial(std::shared_ptr<const SshTarget> target, Here here, Progress& progress);
  boost::asio::awaitable<Opened> open(Socket socket, std::shared_ptr<const SshTarget> target, Progress& progress);
  boost::asio::awaitable<Step> log_in(SshSession& session, std::shared_ptr<const SshTarget> target, Progress& progress);
  boost::asio::awaitable<Step> run_directly();
  boost::asio::awaitable<Step> run_through_bastion();
  boost::asio::awaitable<Step> talk(Socket socket);

  ContactShare& share_;
  std::shared_ptr<const SshTarget> target_;
  const SshCommand* command_;
  SshOutput* output_;
  Progress progress_;
  Progress bastion_progress_;
  bool is_at_bastion_ = false;
  std::string heard_;  // of the machine that is being talked to, until it told its version
};

}  // namespace tally
