// Nebius's instances and disks as rows of the model. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/host.hpp"
#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "net/json_fields.hpp"
#include "runtime/timestamp.hpp"

namespace nebius::compute::v1 {
class Disk;
class Instance;
}  // namespace nebius::compute::v1

namespace tally::nebius {

/// The labels of a machine. The vendor's reference tool has the same ones, so that each can read the other's machines;
/// ours say so by `created_by`.
namespace labels {
inline constexpr std::string_view created_by = "created-by";
inline constexpr std::string_view us = "tallyd";
inline constexpr std::string_view ref_id = "brev-user";
inline constexpr std::string_view environment = "environment-id";
inline constexpr std::string_view credential = "cloud-cred-ref-id";
inline constexpr std::string_view network = "network-id";
inline constexpr std::string_view subnet = "subnet-id";
inline constexpr std::string_view boot_disk = "boot-disk-id";
inline constexpr std::string_view type = "instance-type-id";
inline constexpr std::string_view name = "name";           // the one that was wished for
inline constexpr std::string_view image = "image-family";  // of a disk
}  // namespace labels

/// What an instance's listing says, and of which disk the rest is to be had.
struct Machine {
  std::string id;
  Instance instance;
  std::string boot_disk_id;  // "": not known
};
std::size_t size_of(const Machine& machine);

/// What of a disk a machine's row has.
struct BootDisk {
  std::string id;
  std::optional<Bytes> size;
  std::string image;
  std::string type;  // "network-ssd"; "": not said, or new
};
std::size_t size_of(const BootDisk& disk);

/// What the mapping must know of the account.
struct Place {
  std::string region;
  LoopbackIs loopback = LoopbackIs::nobodys;
  bool reboots = false;
};

/// A machine without `created-by=tallyd`, or whose labels name no credential, is nobody's of ours.
Machine read_machine(const ::nebius::compute::v1::Instance& message, const Place& place, Timestamp now,
                     json::Findings& findings);

BootDisk read_disk(const ::nebius::compute::v1::Disk& message, json::Findings& findings);

/// With what is known of the disk that its system is on; nullptr: nothing.
Instance with_disk(Instance instance, const BootDisk* disk);

}  // namespace tally::nebius
