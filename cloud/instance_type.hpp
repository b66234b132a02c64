// What an account can buy: one machine shape in one place. Text that the vendor did not give is "", numbers and
// flags that it did not give are std::nullopt. What each field means: docs/catalog.md,
// `instance_types` and those that begin with `instance_type_`.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/bytes.hpp"
#include "cloud/ids.hpp"
#include "cloud/money.hpp"
#include "runtime/boxed.hpp"
#include "runtime/timestamp.hpp"

namespace tally {

struct Gpu {
  std::int32_t count = 0;
  std::string name;              // base model, upper case, without vendor and memory: "H100"
  std::string type;              // model with its interconnect, as the vendor has it: "H100.SXM5"
  std::optional<Bytes> memory;   // VRAM of one GPU; a nominal "N GB" counts as N x 2^30
  std::optional<int> memory_gb;  // nominal VRAM of one GPU: 24, 48, 80, 141
  std::string memory_details;    // "HBM3", "GDDR6", ...
  std::string network_details;   // "PCIe", "SXM5", ...
  std::string manufacturer;      // "NVIDIA", "AMD", "Intel", else the vendor's text

  bool operator==(const Gpu&) const = default;
};
BOOST_DESCRIBE_STRUCT(Gpu, (), (count, name, type, memory, memory_gb, memory_details, network_details, manufacturer))

struct Storage {
  std::int32_t count = 0;
  std::string type;           // "ssd", "nvme", ...
  std::optional<Bytes> size;  // of one disk
  std::optional<Bytes> min_size;
  std::optional<Bytes> max_size;
  std::optional<Money> price_per_gb_hr;
  bool is_ephemeral = false;
  bool is_elastic = false;
  bool is_additional_disk = false;
  bool requires_volume_mount_path = false;

  bool operator==(const Storage&) const = default;
};
BOOST_DESCRIBE_STRUCT(Storage, (),
                      (count, type, size, min_size, max_size, price_per_gb_hr, is_ephemeral, is_elastic,
                       is_additional_disk, requires_volume_mount_path))

enum class UsageClass { on_demand, spot };
std::string_view to_string(UsageClass usage);  // "on-demand", "spot"

enum class PriceSource { api, list, estimate };
std::string_view to_string(PriceSource source);

/// Price per hour of the whole machine in one usage class. Each usage class that a type can be bought in has one
/// entry; `amount` is empty when the vendor states no believable price (never 0 for "not known").
struct Price {
  UsageClass usage_class = UsageClass::on_demand;
  std::optional<Money> amount;
  PriceSource source = PriceSource::api;
  std::optional<Timestamp> listed_at;  // date of the price list; empty when the price came with the type

  bool operator==(const Price&) const = default;
};

enum class AvailabilityReason { capacity, quota, disabled, unlisted, held };
std::string_view to_string(AvailabilityReason reason);

struct Quota {
  std::string id;
  std::string name;
  std::optional<std::int64_t> maximum;
  std::optional<std::int64_t> current;
  std::string unit;  // "gpu", "vcpu", ...

  bool operator==(const Quota&) const = default;
};
BOOST_DESCRIBE_STRUCT(Quota, (), (id, name, maximum, current, unit))

/// The rarer facts of a type; stored as one JSON object, keys as here. Quotas are boxed: most vendors state none, and a
/// large account has 50,000 rows.
struct TypeAttributes {
  std::optional<bool> has_elastic_root_volume;
  std::optional<std::int32_t> maximum_network_interfaces;
  std::string network_performance;
  std::vector<std::int32_t> supported_num_cores;
  std::optional<std::int32_t> default_cores;
  std::optional<double> clock_speed_ghz;
  Boxed<Quota> quota_on_demand;
  Boxed<Quota> quota_spot;
  Boxed<Quota> quota_reserved;
  std::optional<bool> has_variable_price;
  std::optional<bool> is_preemptible;
  std::optional<bool> is_spot_available;  // InstanceType::is_available speaks of on-demand
  std::optional<bool> is_sub_location_changeable;
  std::optional<bool> is_container;
  std::optional<bool> is_privilege_escalation_disabled;
  std::optional<bool> is_not_privileged;
  std::optional<std::int64_t> estimated_deploy_time_s;
  std::optional<bool> can_modify_firewall_rules;
  std::string reserved_instance_pool_id;  // set: only for that reservation

  bool operator==(const TypeAttributes&) const = default;
};
BOOST_DESCRIBE_STRUCT(TypeAttributes, (),
                      (has_elastic_root_volume, maximum_network_interfaces, network_performance, supported_num_cores,
                       default_cores, clock_speed_ghz, quota_on_demand, quota_spot, quota_reserved, has_variable_price,
                       is_preemptible, is_spot_available, is_sub_location_changeable, is_container,
                       is_privilege_escalation_disabled, is_not_privileged, estimated_deploy_time_s,
                       can_modify_firewall_rules, reserved_instance_pool_id))

struct InstanceType {
  InstanceTypeId id;     // never empty in a listing: see make_instance_type_id
  std::string provider;  // the vendor's own ID: "lambda-labs"
  std::string cloud;     // who runs the machine; differs from the provider for brokers
  std::string type;      // the vendor's name, what create takes
  std::string location;
  std::string sub_location;                // "" when the type is not bound to a zone
  std::vector<std::string> available_azs;  // sorted
  std::optional<std::int32_t> vcpu;
  std::optional<Bytes> memory;
  std::vector<std::string> architectures;  // "x86_64", "arm64", "unknown"
  std::vector<Gpu> gpus;                   // all GPUs of one machine; the first is the primary one
  std::vector<Storage> storage;
  std::vector<Price> prices;                              // one per usage class, on-demand first
  std::optional<bool> is_available;                       // can be launched now; empty: not known
  std::optional<AvailabilityReason> availability_reason;  // empty when available
  std::optional<bool> is_stoppable;
  std::optional<bool> is_rebootable;
  TypeAttributes attributes;

  bool operator==(const InstanceType&) const = default;
};

/// The price of one usage class; nullptr when the type is not sold that way.
const Price* find_price(const InstanceType& type, UsageClass usage);

}  // namespace tally
