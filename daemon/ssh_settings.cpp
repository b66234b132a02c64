#include "daemon/ssh_settings.hpp"

#include <algorithm>

#include "cloud/host.hpp"
#include "net/url.hpp"
#include "ssh/authorized_key.hpp"

namespace tally {
namespace {

std::shared_ptr<const SshKey> key_of(const SshConfig& ssh) {
  if (ssh.private_key.empty()) return nullptr;
  return std::make_shared<const SshKey>(SshKey{ssh.private_key, ssh.passphrase});
}

/// The same key opens the bastion and what is behind it.
std::shared_ptr<const SshTarget> bastion_of(const SshConfig& ssh, const std::shared_ptr<const SshKey>& key) {
  if (!ssh.bastion) return nullptr;
  auto bastion = std::make_shared<SshTarget>();
  bastion->host = ssh.bastion->host;
  bastion->port = ssh.bastion->port;
  bastion->user = ssh.bastion->user;
  bastion->key = key;
  if (const Result<HostKey> expected = read_authorized_key(ssh.bastion->host_key)) {
    bastion->expected.push_back(*expected);
  }
  return bastion;
}

/// A simulated cloud, whose instances are then, too. Where the credential names an address beside the endpoint, that is
/// the cloud's.
bool is_on_this_host(const CredentialConfig& config) {
  const auto is_here = [](std::string_view address) {
    const Result<HttpUrl> url = parse_http_url(std::string(address));
    return url && is_loopback(url->host);
  };
  if (is_here(config.credential.endpoint)) return true;
  const auto& fields = config.provider->credential_fields;
  return std::any_of(fields.begin(), fields.end(), [&](const CredentialField& field) {
    const auto given = config.credential.fields.find(field.name);
    return !field.is_secret && given != config.credential.fields.end() && is_here(given->second.reveal());
  });
}

BootstrapRule rule_of(const BootstrapConfig& bootstrap) {
  BootstrapRule rule;
  rule.only = bootstrap.only_tag;
  rule.plan.admin_keys = bootstrap.admin_keys;
  rule.plan.agent_script = bootstrap.agent_script;
  return rule;
}

}  // namespace

ProbeSettings probe_settings_of(const CredentialConfig& config) {
  const SshConfig& ssh = config.ssh;
  ProbeSettings settings;
  settings.key = key_of(ssh);
  settings.user = ssh.user;
  settings.port = ssh.port;
  settings.bastion = bastion_of(ssh, settings.key);
  settings.may_be_loopback = is_on_this_host(config);
  settings.pace = ssh.pace;
  settings.pace_of_type = ssh.types;
  if (config.forbids_changes()) return settings;
  for (const BootstrapConfig& bootstrap : ssh.bootstraps) settings.bootstraps.push_back(rule_of(bootstrap));
  return settings;
}

}  // namespace tally
