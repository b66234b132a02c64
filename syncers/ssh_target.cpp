#include "syncers/ssh_target.hpp"

#include <algorithm>

namespace tally {
namespace {

bool is_port(std::optional<std::int32_t> port) { return port && *port >= 1 && *port <= 65535; }

/// The port at the public address: the instance's, else the one that leads to sshd's, else sshd's.
int public_port(const Instance& instance, int usual_port) {
  if (is_port(instance.ssh_port)) return *instance.ssh_port;
  for (const PortMapping& mapping : instance.attributes.internal_port_mappings) {
    if (mapping.to_port == usual_port && is_port(mapping.from_port)) return mapping.from_port;
  }
  return usual_port;
}

/// The port inside: where the one at the public address leads to.
int private_port(const Instance& instance, int usual_port) {
  const int outside = public_port(instance, usual_port);
  for (const PortMapping& mapping : instance.attributes.internal_port_mappings) {
    if (mapping.from_port == outside && is_port(mapping.to_port)) return mapping.to_port;
  }
  return outside;
}

bool is_same_key(const std::shared_ptr<const SshKey>& a, const std::shared_ptr<const SshKey>& b) {
  if (a == b) return true;
  return a && b && a->private_key.reveal() == b->private_key.reveal() &&
         a->passphrase.reveal() == b->passphrase.reveal();
}

}  // namespace

std::optional<SshTarget> ssh_target(const Instance& instance, const ProbeSettings& settings,
                                    const ProviderDescription& provider) {
  SshTarget target;
  const bool is_public = !instance.public_ip.empty() || !instance.public_dns.empty();
  if (is_public) {
    target.host = instance.public_ip.empty() ? instance.public_dns : instance.public_ip;
    target.port = public_port(instance, provider.ssh_port);
  } else if (settings.bastion && !instance.private_ip.empty()) {
    target.host = instance.private_ip;
    target.port = private_port(instance, provider.ssh_port);
  } else {
    return std::nullopt;
  }
  if (settings.port) target.port = *settings.port;
  target.user = !settings.user.empty()       ? settings.user
                : !instance.ssh_user.empty() ? instance.ssh_user
                                             : std::string(provider.ssh_user);
  target.key = settings.key;
  target.bastion = settings.bastion;
  return target;
}

bool is_same_target(const SshTarget& a, const SshTarget& b) {
  if (a.host != b.host || a.port != b.port || a.user != b.user || !is_same_key(a.key, b.key)) return false;
  if (a.bastion == b.bastion) return true;
  return a.bastion && b.bastion && is_same_target(*a.bastion, *b.bastion);
}

}  // namespace tally
