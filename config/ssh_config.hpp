// What `[credential.ssh]` says: how the instances of a credential are reached over SSH, and what is done on them once.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/secret.hpp"

namespace tally {

/// The way to every instance of a credential.
struct BastionConfig {
  std::string user;
  std::string host;
  int port = 22;
  std::string host_key;  // "ssh-ed25519 AAAA...": type and base64, as a known_hosts line has them
};

/// For one instance type; what is empty is as for the others.
struct SshTypeConfig {
  std::optional<std::chrono::milliseconds> first_window;
  std::optional<std::chrono::milliseconds> recheck_interval;
};

struct BootstrapConfig {
  std::optional<std::pair<std::string, std::string>> only_tag;  // key and value; empty: every instance
  std::vector<std::string> admin_keys;                          // lines of authorized_keys
  std::string agent_script;                                     // its text; "": none
};

struct SshConfig {
  bool is_probed = true;
  Secret private_key;  // its text; empty: nobody logs in
  Secret passphrase;   // empty: none
  std::string user;    // "": the instance's, or the provider's
  std::optional<int> port;
  std::chrono::milliseconds first_window{std::chrono::minutes(10)};
  std::chrono::milliseconds recheck_interval{std::chrono::minutes(10)};
  std::optional<BastionConfig> bastion;
  std::map<std::string, SshTypeConfig> types;  // by the vendor's name of the type
  std::vector<BootstrapConfig> bootstraps;     // the first that fits an instance is its own

  // Where things came from, for what is shown.
  std::filesystem::path key_file;              // empty: the vault, or no key
  std::string key_ref;                         // of the vault's record; "": none
  std::filesystem::path passphrase_file;       // empty: the vault, or none
  std::vector<std::filesystem::path> scripts;  // of each bootstrap; empty: none
};

}  // namespace tally
