// A machine that an account rents. Text that the vendor did not give is "", numbers and flags that it did not
// give are std::nullopt. What each field means: docs/catalog.md, `instances`.
#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/bytes.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "runtime/sparse.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

enum class LifecycleStatus {
  pending,
  running,
  stopping,
  stopped,
  suspending,
  suspended,
  terminating,
  terminated,
  failed,
};
std::string_view to_string(LifecycleStatus status);
std::optional<LifecycleStatus> lifecycle_status_from(std::string_view name);

struct PortMapping {
  std::int32_t from_port = 0;
  std::int32_t to_port = 0;
  bool operator==(const PortMapping&) const = default;
};
BOOST_DESCRIBE_STRUCT(PortMapping, (), (from_port, to_port))

struct Disk {
  std::optional<Bytes> size;
  std::string type;
  std::string mount_path;
  bool operator==(const Disk&) const = default;
};
BOOST_DESCRIBE_STRUCT(Disk, (), (size, type, mount_path))

struct FirewallRule {
  std::string id;  // "" of a rule that is to be made; where the vendor has none: "ingress:tcp:22-22:10.0.0.0/8"
  std::int32_t from_port = 0;
  std::int32_t to_port = 0;
  std::vector<std::string> ip_ranges;  // CIDR
  bool operator==(const FirewallRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(FirewallRule, (), (id, from_port, to_port, ip_ranges))

struct FirewallRules {
  std::vector<FirewallRule> ingress;
  std::vector<FirewallRule> egress;

  bool operator==(const FirewallRules&) const = default;
};

/// The rarer facts of an instance; stored as one JSON object, keys as here. Most instances have none of them.
struct InstanceAttributes {
  std::string ip_allocation_id;
  std::string volume_type;
  std::string public_key_fingerprint;
  std::string vpc_id;
  std::string subnet_id;
  std::vector<FirewallRule> ingress_rules;
  std::vector<FirewallRule> egress_rules;
  std::vector<FirewallRule> firewall_open;  // what rules of the whole account let in, whatever its own say
  std::vector<Disk> additional_disks;
  std::vector<PortMapping> internal_port_mappings;
  std::vector<std::string> host_keys;  // of SSH, where the vendor publishes them: "ssh-ed25519 AAAA…"
  std::optional<bool> is_container;
  std::optional<bool> is_privilege_escalation_disabled;
  std::optional<bool> is_not_privileged;

  bool operator==(const InstanceAttributes&) const = default;
};
BOOST_DESCRIBE_STRUCT(InstanceAttributes, (),
                      (ip_allocation_id, volume_type, public_key_fingerprint, vpc_id, subnet_id, ingress_rules,
                       egress_rules, firewall_open, additional_disks, internal_port_mappings, host_keys, is_container,
                       is_privilege_escalation_disabled, is_not_privileged))

struct Instance {
  CloudId cloud_id;  // never empty in a listing
  std::string provider;
  std::string cloud;
  RefId ref_id;                     // "" when the machine is not ours
  CredentialRef cloud_cred_ref_id;  // credential that created it; "" when not ours
  std::string name;                 // as the vendor shows it

  std::optional<LifecycleStatus> status;  // empty: a status text we do not know (see provider_status)
  std::string provider_status;            // the vendor's own text
  std::string status_message;

  std::string location;
  std::string sub_location;
  std::string type;
  InstanceTypeId instance_type_id;

  std::string public_ip;
  std::string public_dns;
  std::string private_ip;
  std::string hostname;
  std::string ssh_user;
  std::optional<std::int32_t> ssh_port;

  std::string image_id;
  std::optional<Bytes> disk_size;
  std::optional<bool> is_stoppable;
  std::optional<bool> is_rebootable;
  bool is_spot = false;
  std::optional<Money> price;  // per hour, only when the vendor states the instance's own
  std::optional<Timestamp> created_at;
  std::map<std::string, std::string> tags;
  Sparse<InstanceAttributes> attributes;

  bool operator==(const Instance&) const = default;
};

/// Ended: nothing runs and nothing is billed any more. `failed` is not ended, nor is a status that we do not know.
constexpr bool is_ended(LifecycleStatus status) { return status == LifecycleStatus::terminated; }

/// EC2's `failed` is ended, too, where its own word is that the machine is terminated: it could not be started.
inline bool is_ended(const Instance& instance) {
  if (!instance.status) return false;
  const bool is_failed = *instance.status == LifecycleStatus::failed;
  return is_ended(*instance.status) || (is_failed && instance.provider_status == "terminated");
}

}  // namespace tally
