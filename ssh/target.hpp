// Whom to reach over SSH, with which key, and whom to expect there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cloud/secret.hpp"

namespace tally {

/// The public half of a server's identity.
struct HostKey {
  std::string type;         // "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
  std::string fingerprint;  // "SHA256:" and unpadded base64, as ssh-keygen -l prints it
  std::string public_key;   // base64 of the key's blob, as a known_hosts line has it; "" when only the above is known
  friend bool operator==(const HostKey& a, const HostKey& b) {
    return a.type == b.type && a.fingerprint == b.fingerprint;
  }
};

/// A private key as it was given: OpenSSH, PKCS#8 or PKCS#1 text, encrypted or not.
struct SshKey {
  Secret private_key;
  Secret passphrase;  // empty: none
};

struct SshTarget {
  std::string host;  // a name or an address
  int port = 22;
  std::string user;

  std::shared_ptr<const SshKey> key;  // nullptr: nobody logs in, the contact ends after the host key

  /// Who may answer. Empty: first contact, whoever does. Else only algorithms of these keys are asked for, so that a
  /// server with several keys shows the one that is known, and another key ends the contact at stage host_key.
  std::vector<HostKey> expected;

  std::shared_ptr<const SshTarget> bastion;  // nullptr: directly

  /// It may be at a loopback address: its cloud is simulated on this host. Other addresses of this host are never
  /// contacted.
  bool may_be_loopback = false;
};

}  // namespace tally
