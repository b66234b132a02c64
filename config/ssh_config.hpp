// What `[credential.ssh]` says: how the instances of a credential are reached over SSH, and what is done on them once.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cloud/probe_pace.hpp"
#include "cloud/secret.hpp"
#include "cloud/tag_selector.hpp"

namespace tally {

/// The way to every instance of a credential.
struct BastionConfig {
  std::string user;
  std::string host;
  int port = 22;
  std::string host_key;  // "ssh-ed25519 AAAA...": type and base64, as a known_hosts line has them

  bool operator==(const BastionConfig&) const = default;
};

struct BootstrapConfig {
  std::optional<TagSelector> only_tag;  // empty: every instance
  std::vector<std::string> admin_keys;  // lines of authorized_keys
  std::string agent_script;             // its text; "": none

  bool operator==(const BootstrapConfig&) const = default;
};

/// Two that are equal have the same done.
struct SshConfig {
  bool is_probed = true;
  Secret private_key;  // its text; empty: nobody logs in
  Secret passphrase;   // empty: none
  std::string user;    // "": the instance's, or the provider's
  std::optional<int> port;
  ProbePace pace;
  std::optional<BastionConfig> bastion;
  std::map<std::string, ProbePaceOverride> types;  // by the vendor's name of the type
  std::vector<BootstrapConfig> bootstraps;         // the first that fits an instance is its own

  bool operator==(const SshConfig&) const = default;
};

/// Where the parts of an SshConfig came from, for what is shown.
struct SshSources {
  std::filesystem::path key_file;              // empty: the vault, or no key
  std::string key_ref;                         // of the vault's record; "": none
  std::filesystem::path passphrase_file;       // empty: the vault, or none
  std::vector<std::filesystem::path> scripts;  // of each bootstrap; empty: none
};

}  // namespace tally
