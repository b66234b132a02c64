#include "providers/rest/model_size.hpp"

#include <optional>
#include <string>

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"

namespace tally {
namespace {

constexpr std::size_t per_allocation = 16;  // the allocator's own, and what it rounds up
constexpr std::size_t per_row = 48;         // of a shared row: its counters, and the pointer in the answer
constexpr std::size_t per_tree_node = 48;
constexpr std::size_t small_text = 15;  // such ones are inside std::string

std::size_t allocated(std::size_t bytes) { return bytes == 0 ? 0 : bytes + per_allocation; }
std::size_t outside(const std::string& text) { return text.size() <= small_text ? 0 : allocated(text.size() + 1); }

template <class... Texts>
std::size_t outside(const Texts&... texts) {
  return (outside(static_cast<const std::string&>(texts)) + ...);
}

/// Of a list: its items, and what is outside of each.
template <class T, class Outside>
std::size_t outside_list(const std::vector<T>& list, Outside outside_item) {
  std::size_t bytes = allocated(list.capacity() * sizeof(T));
  for (const T& item : list) bytes += outside_item(item);
  return bytes;
}

std::size_t outside_texts(const std::vector<std::string>& texts) {
  return outside_list(texts, [](const std::string& text) { return outside(text); });
}

std::size_t outside_rules(const std::vector<FirewallRule>& rules) {
  return outside_list(rules, [](const FirewallRule& rule) { return outside(rule.id) + outside_texts(rule.ip_ranges); });
}

std::size_t outside(const Boxed<Quota>& quota) {
  return quota ? allocated(sizeof(Quota)) + outside(quota->id, quota->name, quota->unit) : 0;
}

}  // namespace

std::size_t size_of(const InstanceType& type) {
  const TypeAttributes& more = type.attributes;
  std::size_t bytes = per_row + sizeof(InstanceType);
  bytes += outside(type.id.str(), type.provider, type.cloud, type.type, type.location, type.sub_location);
  bytes += outside_texts(type.available_azs) + outside_texts(type.architectures);
  bytes += outside_list(type.gpus, [](const Gpu& gpu) {
    return outside(gpu.name, gpu.type, gpu.memory_details, gpu.network_details, gpu.manufacturer);
  });
  bytes += outside_list(type.storage, [](const Storage& disk) { return outside(disk.type); });
  bytes += allocated(type.prices.capacity() * sizeof(Price));
  bytes += outside(more.network_performance, more.reserved_instance_pool_id);
  bytes += allocated(more.supported_num_cores.capacity() * sizeof(std::int32_t));
  bytes += outside(more.quota_on_demand) + outside(more.quota_spot) + outside(more.quota_reserved);
  return bytes;
}

std::size_t size_of(const Instance& instance) {
  const InstanceAttributes& more = *instance.attributes;
  std::size_t bytes =
      per_row + sizeof(Instance) + (instance.attributes.is_plain() ? 0 : allocated(sizeof(InstanceAttributes)));
  bytes += outside(instance.cloud_id.str(), instance.provider, instance.cloud, instance.ref_id.str(),
                   instance.cloud_cred_ref_id.str(), instance.name, instance.provider_status, instance.status_message);
  bytes += outside(instance.location, instance.sub_location, instance.type, instance.instance_type_id.str());
  bytes += outside(instance.public_ip, instance.public_dns, instance.private_ip, instance.hostname, instance.ssh_user,
                   instance.image_id);
  for (const auto& [key, value] : instance.tags) {
    bytes += allocated(per_tree_node + sizeof(decltype(instance.tags)::value_type)) + outside(key, value);
  }
  bytes += outside(more.ip_allocation_id, more.volume_type, more.public_key_fingerprint, more.vpc_id, more.subnet_id);
  bytes += outside_rules(more.ingress_rules) + outside_rules(more.egress_rules) + outside_rules(more.firewall_open);
  bytes += outside_list(more.additional_disks, [](const Disk& disk) { return outside(disk.type, disk.mount_path); });
  bytes += allocated(more.internal_port_mappings.capacity() * sizeof(PortMapping));
  bytes += outside_texts(more.host_keys);
  return bytes;
}

std::size_t size_of(const Location& location) {
  return per_row + sizeof(Location) + outside(location.name, location.description, location.endpoint, location.country);
}

std::size_t size_of(const Image& image) {
  return per_row + sizeof(Image) + outside(image.id, image.name, image.location, image.architecture, image.description);
}

std::size_t size_of(const Quota& quota) { return per_row + sizeof(Quota) + outside(quota.id, quota.name, quota.unit); }

std::size_t size_of(const Rejected& row) { return sizeof(Rejected) + outside(row.id, row.reason, row.raw); }

std::size_t size_of(const Odd& odd) { return sizeof(Odd) + outside(odd.id, odd.field, odd.reason); }

std::size_t size_of(const json::Findings& findings) {
  return outside(findings.fault) +
         outside_list(findings.odd, [](const json::OddField& odd) { return outside(odd.field, odd.reason); });
}

bool ModelSize::is_too_large() const { return bytes_ > limits::answer_model; }

Error too_much_to_hold() {
  return json::bad_reply("its rows would take more than " + std::to_string(limits::answer_model >> 20U) +
                         " MB of memory, which is not believable");
}

}  // namespace tally
