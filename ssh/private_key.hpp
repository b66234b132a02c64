// Private keys, read by libssh from the text that was given.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cloud/result.hpp"
#include "ssh/step.hpp"
#include "ssh/target.hpp"

struct ssh_key_struct;

namespace tally {

struct FreePrivateKey {
  void operator()(ssh_key_struct* key) const;
};
using PrivateKey = std::unique_ptr<ssh_key_struct, FreePrivateKey>;

/// The key, or words for a person on why it cannot be used.
OrWords<PrivateKey> read_private_key(const SshKey& key);

/// Checks a key early, before any machine is asked: its public half, or an Error of kind invalid_request. Any thread;
/// an encrypted key takes up to some hundreds of milliseconds.
Result<HostKey> public_half(const SshKey& key);

/// Keys that were read, for as long as somebody holds the text they were read from: decrypting one costs as much as a
/// hundred contacts. One thread.
class PrivateKeys {
 public:
  /// The pointer lives until the next call of get().
  OrWords<ssh_key_struct*> get(const std::shared_ptr<const SshKey>& key);

 private:
  struct Entry {
    std::weak_ptr<const SshKey> text;
    PrivateKey key;
  };
  std::map<const SshKey*, Entry> entries_;
};

}  // namespace tally
