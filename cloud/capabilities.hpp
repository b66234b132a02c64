// The optional abilities of an account, each a small interface. What an account can do is computed from the
// interfaces its class implements, so that the list can never drift from the code.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/result.hpp"

namespace tally {

/// What create takes. Contract: success means that the instance exists (pending or running); any error means that
/// nothing was left behind.
struct CreateRequest {
  RefId ref_id;  // required: repeating a create with the same RefID returns the same instance
  std::string name;
  std::string type;
  std::string location;
  std::string sub_location;
  std::string public_key;  // OpenSSH, one line
  std::string image_id;
  std::optional<Bytes> disk_size;
  std::vector<FirewallRule> ingress_rules;
  std::vector<FirewallRule> egress_rules;
  std::map<std::string, std::string> tags;
  std::string user_data_base64;
  bool is_spot = false;
};

struct Creates {
  virtual ~Creates() = default;
  virtual Task<Instance> create(CreateRequest request) = 0;
  virtual Task<> terminate(CloudId id) = 0;  // of something gone: success
};
struct StopsStarts {
  virtual ~StopsStarts() = default;
  virtual Task<> stop(CloudId id) = 0;
  virtual Task<> start(CloudId id) = 0;
};
struct Reboots {
  virtual ~Reboots() = default;
  virtual Task<> reboot(CloudId id) = 0;
};
struct ResizesVolumes {
  virtual ~ResizesVolumes() = default;
  virtual Task<> resize_volume(CloudId id, Bytes size) = 0;
};
struct UpdatesTags {
  virtual ~UpdatesTags() = default;
  virtual Task<> update_tags(CloudId id, std::map<std::string, std::string> tags) = 0;
};
struct ChangesType {
  virtual ~ChangesType() = default;
  virtual Task<> change_type(CloudId id, std::string type) = 0;
};
struct ModifiesFirewall {
  virtual ~ModifiesFirewall() = default;
  virtual Task<> add_firewall_rules(CloudId id, std::vector<FirewallRule> ingress,
                                    std::vector<FirewallRule> egress) = 0;
  virtual Task<> revoke_firewall_rules(CloudId id, std::vector<std::string> rule_ids) = 0;
};

using Capabilities = std::vector<std::string_view>;  // the manual's names, in its order

/// The capabilities of an account class: the class head is the list.
template <class A>
Capabilities capabilities_of() {
  Capabilities list;
  if constexpr (std::derived_from<A, Creates>) {
    list.insert(list.end(), {"create-instance", "terminate-instance", "create-terminate-instance"});
  }
  if constexpr (std::derived_from<A, UpdatesTags>) list.emplace_back("tags");
  if constexpr (std::derived_from<A, Reboots>) list.emplace_back("reboot-instance");
  if constexpr (std::derived_from<A, ResizesVolumes>) list.emplace_back("resize-instance-volume");
  if constexpr (std::derived_from<A, StopsStarts>) list.emplace_back("stop-start-instance");
  if constexpr (std::derived_from<A, ChangesType>) list.emplace_back("change-instance-type");
  if constexpr (std::derived_from<A, ModifiesFirewall>) list.emplace_back("modify-firewall");
  return list;
}

}  // namespace tally
