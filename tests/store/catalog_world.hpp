// A catalog of one credential in a directory of its own, and change sets to put into it.
#pragma once

#include <chrono>
#include <limits>
#include <string>

#include "store/catalog.hpp"
#include "store/reader.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::store_tests {

using namespace tally::fakes;
using namespace std::chrono_literals;

inline const CredentialRef cred("cred");
inline const ListingKey types_listing{SyncerKind::instance_types, ""};
inline const ListingKey instances_listing{SyncerKind::instances, ""};

inline CredentialRecord record() {
  CredentialRecord record;
  record.ref = cred;
  record.provider_id = "fake";
  record.tenant_id = TenantId("fake-1");
  record.capabilities = {"create-instance"};
  return record;
}

inline ListingState state(const ListingKey& key, Timestamp at) {
  ListingState state;
  state.key = key;
  state.last_attempt_at = state.last_success_at = at;
  state.interval = 60s;
  return state;
}

inline Timestamp now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// A type with every field set.
inline InstanceType full_type() {
  InstanceType type = make_type("us-éast-1", "a100 \"big\" 1,2");
  type.sub_location = "az-1";
  type.available_azs = {"az-1", "az-2"};
  type.gpus[0].type = "A100.SXM4";
  type.gpus[0].memory = Bytes(std::numeric_limits<std::int64_t>::max());
  type.gpus[0].memory_details = "HBM2e";
  type.gpus[0].network_details = "SXM4";
  type.gpus[0].manufacturer = "NVIDIA";
  Storage disk;
  disk.count = 2;
  disk.type = "nvme";
  disk.size = Bytes(1);
  disk.min_size = Bytes(0);
  disk.max_size = Bytes(5);
  disk.price_per_gb_hr = Money::parse("0.000000001");
  disk.is_ephemeral = disk.is_elastic = disk.is_additional_disk = disk.requires_volume_mount_path = true;
  type.storage = {disk};
  Price spot;
  spot.usage_class = UsageClass::spot;
  spot.amount = Money::parse("1.5", *Currency::from_code("EUR"));
  spot.source = PriceSource::list;
  spot.listed_at = Timestamp(5h);
  type.prices.push_back(spot);
  type.is_available = false;
  type.availability_reason = AvailabilityReason::quota;
  type.is_stoppable = true;
  type.is_rebootable = false;
  TypeAttributes& rare = type.attributes;
  rare.has_elastic_root_volume = true;
  rare.maximum_network_interfaces = 4;
  rare.network_performance = "100 Gigabit";
  rare.supported_num_cores = {1, 2};
  rare.default_cores = 2;
  rare.clock_speed_ghz = 2.9;
  rare.quota_spot = Quota{"q", "spot", 10, 3, "gpu"};
  rare.is_preemptible = false;
  rare.estimated_deploy_time_s = 600;
  rare.reserved_instance_pool_id = "pool";
  type.id = InstanceTypeId("id with spaces / and ünïcode");
  return type;
}

inline Instance full_instance() {
  Instance instance = make_instance("i-1");
  instance.ref_id = RefId("ref");
  instance.cloud_cred_ref_id = CredentialRef("cred");
  instance.status_message = "fine";
  instance.public_dns = "host.example";
  instance.private_ip = "10.0.0.1";
  instance.hostname = "host";
  instance.image_id = "ubuntu";
  instance.disk_size = Bytes(0);
  instance.is_spot = true;
  instance.created_at = Timestamp(1h);
  instance.tags = {{"team", "a \"quoted\" one"}, {"", "empty key"}, {"empty", ""}};
  instance.attributes.edit().additional_disks = {Disk{Bytes(5), "ssd", "/data"}};
  instance.attributes.edit().internal_port_mappings = {{2222, 22}};
  instance.attributes.edit().firewall_open = {FirewallRule{"o", 22, 22, {"10.0.0.0/8"}}};
  instance.attributes.edit().host_keys = {"ssh-ed25519 AAAA"};
  instance.attributes.edit().ingress_rules = {FirewallRule{"r", 22, 22, {"0.0.0.0/0"}}};
  return instance;
}

inline ChangeSet addition(const InstanceType& type, Timestamp at) {
  ChangeSet changes;
  changes.at = at;
  KnownType known;
  known.row = row(type);
  known.listing = types_listing;
  known.first_seen_at = known.changed_at = known.seen_at = at;
  changes.types.push_back(known);
  for (const Price& price : type.prices) changes.prices.push_back({type.id, price.usage_class, price.amount});
  changes.availability.push_back({type.id, type.is_available, type.availability_reason});
  changes.events.push_back({"type_added", "instance_type", type.id.str(), {}, {}, {}, "{}"});
  return changes;
}

inline ChangeSet addition(const Instance& instance, Timestamp at) {
  ChangeSet changes;
  changes.at = at;
  KnownInstance known;
  known.row = row(instance);
  known.listing = instances_listing;
  known.status = *instance.status;
  known.first_seen_at = known.status_since = known.seen_at = at;
  changes.instances.push_back(known);
  changes.statuses.push_back({instance.cloud_id, known.status});
  return changes;
}

/// The create in the journal that made it.
inline JournalChanges creation(const Instance& instance, Timestamp at) {
  OperationRecord create;
  create.id = "create of " + instance.cloud_id.str();
  create.credential = cred;
  create.ref_id = instance.ref_id;
  create.cloud_id = instance.cloud_id;
  create.state = OperationState::succeeded;
  create.created_at = at;
  JournalChanges changes;
  changes.at = at;
  changes.operations.push_back(std::move(create));
  return changes;
}

struct World {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "catalog.db";
  Catalog catalog{file};

  World() { catalog.set_credentials({record()}, Timestamp(1h)); }
  SqlValue one(const std::string& sql) const { return Reader(file).query(sql).rows.at(0).at(0); }
  std::int64_t integer(const std::string& sql) const { return std::get<std::int64_t>(one(sql)); }
};

}  // namespace tally::store_tests
