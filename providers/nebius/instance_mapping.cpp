#include "providers/nebius/instance_mapping.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "providers/nebius/description.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/type_mapping.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/ascii.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;
using State = compute::InstanceStatus;

void report(json::Findings& findings, const std::string& field, const std::string& reason) {
  if (findings.odd.size() < limits::odd_per_row) findings.odd.push_back({field, reason});
}

/// "" for one that is too long, which is told.
std::string bounded(const std::string& text, const char* field, json::Findings& findings,
                    std::size_t longest = limits::text) {
  if (text.size() <= longest) return text;
  report(findings, field, "is too long");
  return "";
}

std::optional<LifecycleStatus> status_of(const compute::Instance& message) {
  switch (message.status().state()) {
    case State::CREATING:
    case State::STARTING: return LifecycleStatus::pending;
    case State::RUNNING: return LifecycleStatus::running;
    case State::UPDATING: return message.spec().stopped() ? LifecycleStatus::stopped : LifecycleStatus::running;
    case State::STOPPING: return LifecycleStatus::stopping;
    case State::STOPPED: return LifecycleStatus::stopped;
    case State::DELETING: return LifecycleStatus::terminating;
    case State::ERROR: return LifecycleStatus::failed;
    default: return std::nullopt;
  }
}

/// "RUNNING"; the number of a word that is new.
std::string status_text(const compute::Instance& message) {
  const auto state = message.status().state();
  return compute::InstanceStatus_InstanceState_IsValid(state) ? compute::InstanceStatus_InstanceState_Name(state)
                                                              : "state " + std::to_string(state);
}

std::optional<Timestamp> time_of(const google::protobuf::Timestamp& time, Timestamp now) {
  constexpr Timestamp first_cloud{std::chrono::sys_days(std::chrono::year(2010) / 1 / 1)};
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  if (time.seconds() <= 0 || time.seconds() > last_second || time.nanos() < 0 || time.nanos() > 999'999'999) {
    return std::nullopt;
  }
  const Timestamp stated(std::chrono::seconds(time.seconds()) + std::chrono::milliseconds(time.nanos() / 1'000'000));
  return stated < first_cloud || stated > now + std::chrono::minutes(5) ? std::nullopt : std::optional(stated);
}

std::map<std::string, std::string> tags_of(const compute::Instance& message, json::Findings& findings) {
  std::map<std::string, std::string> tags;
  for (const auto& [key, value] : message.metadata().labels()) {
    if (key.empty() || key.size() > limits::text || value.size() > limits::text) {
      report(findings, "metadata.labels", "holds one that is too long or has no name");
      continue;
    }
    tags.emplace(key, value);
  }
  if (tags.size() > limits::tags_per_instance) {
    report(findings, "metadata.labels", "are more than anybody has");
    tags.clear();
  }
  return tags;
}

std::string tag(const Instance& instance, std::string_view key) {
  const auto at = instance.tags.find(std::string(key));
  return at == instance.tags.end() ? std::string() : at->second;
}

/// "10.0.0.5" of "10.0.0.5/32".
std::string address_of(const std::string& stated, LoopbackIs loopback) {
  return instance_address(std::string_view(stated).substr(0, stated.find('/')), loopback);
}

void read_network(const compute::Instance& message, const Place& place, Instance& instance) {
  InstanceAttributes& attributes = instance.attributes.edit();
  if (message.status().network_interfaces_size() > 0) {
    const auto& first = message.status().network_interfaces(0);
    instance.public_ip = address_of(first.public_ip_address().address(), place.loopback);
    instance.private_ip = address_of(first.ip_address().address(), place.loopback);
    if (first.public_ip_address().static_()) {
      attributes.ip_allocation_id = first.public_ip_address().allocation_id().substr(0, limits::id);
    }
  }
  instance.public_dns = instance.hostname = instance.public_ip.empty() ? instance.private_ip : instance.public_ip;
  attributes.vpc_id = tag(instance, labels::network);
  attributes.subnet_id = tag(instance, labels::subnet);
  if (attributes.subnet_id.empty() && message.spec().network_interfaces_size() > 0) {
    attributes.subnet_id = message.spec().network_interfaces(0).subnet_id().substr(0, limits::id);
  }
}

void read_owner(Instance& instance) {
  if (tag(instance, labels::created_by) != labels::us || tag(instance, labels::credential).empty()) return;
  std::string ref = tag(instance, labels::ref_id);
  if (ref.empty()) ref = tag(instance, labels::environment);
  instance.ref_id = RefId(ref);
  instance.cloud_cred_ref_id = CredentialRef(tag(instance, labels::credential));
}

void read_type(const compute::Instance& message, const Place& place, Instance& instance, json::Findings& findings) {
  const auto& resources = message.spec().resources();
  instance.location = place.region;
  if (!resources.platform().empty() && !resources.preset().empty()) {
    instance.type =
        bounded(type_name(resources.platform(), resources.preset()), "spec.resources", findings, limits::id);
  }
  if (instance.type.empty()) instance.type = tag(instance, labels::type).substr(0, limits::id);
  instance.instance_type_id = make_instance_type_id(instance);
}

std::string boot_disk_of(const compute::Instance& message, const Instance& instance) {
  std::string labelled = tag(instance, labels::boot_disk);
  if (!labelled.empty()) return labelled;
  if (message.spec().boot_disk().has_existing_disk()) return message.spec().boot_disk().existing_disk().id();
  for (const auto& attachment : message.status().disk_attachments()) {
    if (attachment.is_managed()) return attachment.id();
  }
  return "";
}

std::optional<Bytes> size_stated(const compute::Disk& disk) {
  const auto of = [](std::int64_t count, ByteUnit unit) {
    return count > 0 ? Bytes::of(count, unit) : std::optional<Bytes>();
  };
  if (disk.status().size_bytes() > 0) return Bytes(disk.status().size_bytes());
  switch (disk.spec().size_case()) {
    case compute::DiskSpec::kSizeBytes: return of(disk.spec().size_bytes(), ByteUnit::byte);
    case compute::DiskSpec::kSizeKibibytes: return of(disk.spec().size_kibibytes(), ByteUnit::kibibyte);
    case compute::DiskSpec::kSizeMebibytes: return of(disk.spec().size_mebibytes(), ByteUnit::mebibyte);
    case compute::DiskSpec::kSizeGibibytes: return of(disk.spec().size_gibibytes(), ByteUnit::gibibyte);
    case compute::DiskSpec::SIZE_NOT_SET: break;
  }
  return std::nullopt;
}

/// As the vendor writes it elsewhere: "network-ssd".
std::string volume_type_of(const compute::Disk& disk) {
  const auto type = disk.spec().type();
  if (type == compute::DiskSpec::UNSPECIFIED || !compute::DiskSpec_DiskType_IsValid(type)) return "";
  std::string name = ascii::lower(compute::DiskSpec_DiskType_Name(type));
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

std::size_t size_of(const Machine& machine) {
  return tally::size_of(machine.instance) + machine.id.size() + machine.boot_disk_id.size();
}

std::size_t size_of(const BootDisk& disk) {
  return sizeof(disk) + disk.id.size() + disk.image.size() + disk.type.size();
}

Machine read_machine(const compute::Instance& message, const Place& place, Timestamp now, json::Findings& findings) {
  Machine machine;
  Instance& instance = machine.instance;
  machine.id = message.metadata().id();
  if (!is_believable_id(machine.id)) {
    findings.fault = "metadata.id is missing or no ID";
    machine.id.clear();
    return machine;
  }
  instance.cloud_id = CloudId(machine.id);
  instance.provider = instance.cloud = "nebius";
  instance.tags = tags_of(message, findings);
  read_owner(instance);
  instance.name = tag(instance, labels::name);
  if (instance.name.empty() || instance.cloud_cred_ref_id.empty()) {
    instance.name = bounded(message.metadata().name(), "metadata.name", findings);
  }
  instance.status = status_of(message);
  instance.provider_status = status_text(message);
  read_type(message, place, instance, findings);
  read_network(message, place, instance);
  instance.ssh_user = description().ssh_user;
  instance.ssh_port = 22;
  instance.is_stoppable = true;
  instance.is_rebootable = place.reboots;
  const auto& spec = message.spec();
  instance.is_spot = spec.has_preemptible() || spec.has_follows_spot_price() || spec.has_spot_pricing_policy();
  if (message.metadata().has_created_at()) {
    instance.created_at = time_of(message.metadata().created_at(), now);
    if (!instance.created_at) report(findings, "metadata.created_at", "is no time that can be right");
  }
  machine.boot_disk_id = boot_disk_of(message, instance);
  if (machine.boot_disk_id.size() > limits::id) machine.boot_disk_id.clear();
  return machine;
}

BootDisk read_disk(const compute::Disk& message, json::Findings& findings) {
  BootDisk disk;
  disk.id = message.metadata().id();
  if (!is_believable_id(disk.id)) {
    findings.fault = "metadata.id is missing or no ID";
    disk.id.clear();
    return disk;
  }
  disk.size = size_stated(message);
  disk.image = message.status().source_image_id();
  if (disk.image.empty()) disk.image = message.spec().source_image_id();
  if (disk.image.empty()) disk.image = message.spec().source_image_family().image_family();
  if (disk.image.size() > limits::id) disk.image.clear();
  disk.type = volume_type_of(message);
  return disk;
}

Instance with_disk(Instance instance, const BootDisk* disk) {
  if (disk == nullptr) return instance;
  instance.disk_size = disk->size;
  instance.image_id = disk->image;
  instance.attributes.edit().volume_type = disk->type;
  return instance;
}

}  // namespace tally::nebius
