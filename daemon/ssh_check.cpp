#include "daemon/ssh_check.hpp"

#include <fmt/format.h>

#include <map>

#include "ssh/algorithms.hpp"
#include "ssh/authorized_key.hpp"
#include "ssh/private_key.hpp"

namespace tally {
namespace {

/// Reads each private key once: decrypting one takes long, and many credentials may have the same.
class PrivateKeyCheck {
 public:
  /// What is wrong with the key; "" when nothing.
  const std::string& fault_of(const SshConfig& ssh, const SshSources& sources) {
    const std::string name = sources.key_ref.empty()
                                 ? fmt::format("{}\n{}", sources.key_file.string(), sources.passphrase_file.string())
                                 : sources.key_ref;
    const auto [entry, is_new] = faults_.try_emplace(name);
    if (is_new) {
      const auto half = public_half({ssh.private_key, ssh.passphrase});
      if (!half) entry->second = half.error().message;
    }
    return entry->second;
  }

 private:
  std::map<std::string, std::string> faults_;  // by where the key and its passphrase are from
};

/// "/etc/tallyd/tallyd.toml:12: credential prod: ssh.key_file: ..."
std::string problem(const CredentialConfig& entry, const std::string& key, const std::string& fault) {
  const auto origin = entry.origins.find(key);
  const std::string place = origin == entry.origins.end() ? "" : origin->second + ": ";
  return fmt::format("{}credential {}: {}: {}", place, entry.credential.ref.str(), key, fault);
}

void check_private_key(const CredentialConfig& entry, PrivateKeyCheck& keys, std::vector<std::string>& problems) {
  if (entry.ssh.private_key.empty()) return;
  const SshSources& sources = entry.ssh_sources;
  const std::string& fault = keys.fault_of(entry.ssh, sources);
  if (fault.empty()) return;
  if (sources.key_ref.empty()) {
    problems.push_back(problem(entry, "ssh.key_file", sources.key_file.string() + ": " + fault));
  } else {
    problems.push_back(problem(entry, "ssh.key", "the vault's " + sources.key_ref + ": " + fault));
  }
}

void check_bastion(const CredentialConfig& entry, std::vector<std::string>& problems) {
  if (!entry.ssh.bastion) return;
  const auto key = read_authorized_key(entry.ssh.bastion->host_key);
  if (!key) {
    problems.push_back(problem(entry, "ssh.bastion_host_key", key.error().message));
  } else if (host_key_algorithms({*key}).empty()) {
    problems.push_back(problem(entry, "ssh.bastion_host_key", "no host key of this type is accepted"));
  }
}

void check_admin_keys(const CredentialConfig& entry, std::vector<std::string>& problems) {
  for (std::size_t i = 0; i < entry.ssh.bootstraps.size(); ++i) {
    for (const std::string& line : entry.ssh.bootstraps[i].admin_keys) {
      const auto key = read_authorized_key(line);
      const std::string name = fmt::format("ssh.bootstrap[{}].admin_keys", i + 1);
      if (!key) problems.push_back(problem(entry, name, key.error().message));
    }
  }
}

}  // namespace

std::vector<std::string> ssh_problems(const Config& config) {
  PrivateKeyCheck keys;
  std::vector<std::string> problems;
  for (const CredentialConfig& entry : config.credentials) {
    check_private_key(entry, keys, problems);
    check_bastion(entry, problems);
    check_admin_keys(entry, problems);
  }
  return problems;
}

}  // namespace tally
