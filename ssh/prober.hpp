// The door to SSH: probes, commands and files on other machines. Called on the loop thread, awaited there; the work
// is done elsewhere, on a thread of its own, so that key exchanges never delay the loop. An interface, so that probe
// scheduling can be tested without machines.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ssh/stage.hpp"
#include "ssh/target.hpp"

namespace tally {

struct SshFailure {
  SshStage stage = SshStage::dns;
  std::string
      message;  // for a person, one line, without secrets; the server's own words are shortened and made printable
};

/// What a contact came to, whatever it was for.
struct SshReport {
  SshStage stage = SshStage::dns;     // the last one begun
  std::optional<SshFailure> failure;  // empty: all that was asked for is done
  SshTimes times{};
  std::chrono::milliseconds total{0};
  std::optional<HostKey> host_key;  // whoever answered, also when it was not who is expected
  std::string server_version;       // "SSH-2.0-OpenSSH_9.2p1"; "" before stage banner is done
};

/// A command that runs through the user's shell.
struct SshCommand {
  std::string line;
  std::string input;  // given on stdin, then end of file
  std::size_t output_limit =
      std::size_t{64} * 1024;                  // of stdout and of stderr each; what is beyond is read and dropped
  std::chrono::milliseconds deadline{60'000};  // for the whole contact
};

struct SshOutput {
  int exit_status = 0;  // 128 + n when a signal n ended it, as shells say
  std::string out;
  std::string err;
  bool is_cut = false;  // output beyond the limit was dropped
};

struct SshRun {
  SshReport report;
  SshOutput output;  // meaningful only without a failure
};

/// A small file to be at `path` on the target, whole or not at all (written beside it, synced, renamed).
struct SshFile {
  std::string path;
  std::string content;
  unsigned mode = 0600;
};

class Prober {
 public:
  virtual ~Prober() = default;

  /// dns to host_key; with a key also auth; never exec. Always returns, within `deadline`. When the caller is
  /// cancelled, the contact ends and operation_aborted is thrown.
  virtual boost::asio::awaitable<SshReport> probe(SshTarget target, std::chrono::milliseconds deadline) = 0;

  /// As above, then the command. An exit status other than 0 is no failure.
  virtual boost::asio::awaitable<SshRun> run(SshTarget target, SshCommand command) = 0;

  /// As above, then the file.
  virtual boost::asio::awaitable<SshReport> upload(SshTarget target, SshFile file,
                                                   std::chrono::milliseconds deadline) = 0;
};

}  // namespace tally
