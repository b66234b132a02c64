#include "probing/ssh_target.hpp"

#include "cloud/ssh_place.hpp"

namespace tally {
namespace {

SshPortFacts port_facts(const Instance& instance, const ProbeSettings& settings, const ProviderDescription& provider) {
  SshPortFacts facts;
  facts.configured = settings.port;
  facts.of_vendor = instance.ssh_port;
  facts.mappings = instance.attributes->internal_port_mappings;
  facts.usual = provider.ssh_port;
  return facts;
}

bool is_same_key(const std::shared_ptr<const SshKey>& a, const std::shared_ptr<const SshKey>& b) {
  if (a == b) return true;
  return a && b && a->private_key == b->private_key && a->passphrase == b->passphrase;
}

}  // namespace

std::optional<SshTarget> ssh_target(const Instance& instance, const ProbeSettings& settings,
                                    const ProviderDescription& provider) {
  SshTarget target;
  const bool is_public = !instance.public_ip.empty() || !instance.public_dns.empty();
  if (is_public) {
    target.host = instance.public_ip.empty() ? instance.public_dns : instance.public_ip;
    target.port = ssh_port_outside(port_facts(instance, settings, provider));
  } else if (settings.bastion && !instance.private_ip.empty()) {
    target.host = instance.private_ip;
    target.port = ssh_port_inside(port_facts(instance, settings, provider));
  } else {
    return std::nullopt;
  }
  target.user = !settings.user.empty()       ? settings.user
                : !instance.ssh_user.empty() ? instance.ssh_user
                                             : std::string(provider.ssh_user);
  target.key = settings.key;
  target.bastion = settings.bastion;
  target.may_be_loopback = settings.may_be_loopback;
  return target;
}

bool is_same_target(const SshTarget& a, const SshTarget& b) {
  if (a.host != b.host || a.port != b.port || a.user != b.user || !is_same_key(a.key, b.key)) return false;
  if (a.bastion == b.bastion) return true;
  return a.bastion && b.bastion && is_same_target(*a.bastion, *b.bastion);
}

}  // namespace tally
