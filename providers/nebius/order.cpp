#include "providers/nebius/order.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>

#include "cloud/limits.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/key_script.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/nebius/description.hpp"
#include "providers/nebius/image_mapping.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/type_mapping.hpp"
#include "providers/rest/create_attributes.hpp"
#include "runtime/ascii.hpp"
#include "runtime/contains.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;

constexpr std::array taken = {attributes::spot,   attributes::image,         attributes::disk_size,
                              attributes::subnet, attributes::persistent_ip, attributes::firewall,
                              attributes::tags,   attributes::user_data};
constexpr std::int64_t usual_disk = 1280;  // GiB, as the vendor's reference tool has it
constexpr std::int64_t smallest_disk_gib = 50;
constexpr std::int64_t largest_disk_gib = 8192;
constexpr std::size_t longest_user_data = 32'768;
constexpr std::size_t longest_label = 63;
constexpr std::array own_labels = {labels::created_by, labels::ref_id, labels::environment, labels::credential,
                                   labels::network,    labels::subnet, labels::boot_disk,   labels::type,
                                   labels::name,       labels::image};

tl::unexpected<Error> refuse(Errc kind, std::string_view parameter, std::string_view why) {
  return tl::unexpected(refused(kind, parameter, why));
}

Result<> check(const CreateRequest& request) {
  if (auto refusal = find_not_honoured(request, taken)) return tl::unexpected(std::move(*refusal));
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()}, {"location", request.location.empty()}})) {
    return tl::unexpected(std::move(*missing));
  }
  if (request.name.size() > longest_label) return refuse(Errc::invalid_request, "name", "has more than 63 characters");
  if (request.tags.size() + own_labels.size() > limits::tags_per_instance) {
    return refuse(Errc::invalid_request, "tags", "are more than can be read back");
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return tl::unexpected(std::move(*bad));
  return {};
}

/// Our key and firewall first, then what the user wants.
Result<std::string> user_data_of(const CreateRequest& request) {
  Result<std::string> users = read_user_data(request.user_data_base64);
  if (!users) return users;
  Result<std::string> key = key_script(request.public_key, std::string(description().ssh_user));
  if (!key) return key;
  constexpr std::int32_t ssh_port = 22;
  Result<std::string> firewall = firewall_script(request.firewall, {ssh_port});
  if (!firewall) return firewall;
  return multipart_user_data(*key + *firewall, *users, longest_user_data);
}

bool has_label(const ::nebius::common::v1::ResourceMetadata& metadata, std::string_view key, std::string_view value) {
  const auto at = metadata.labels().find(std::string(key));
  return at != metadata.labels().end() && at->second == value;
}

void set_label(::nebius::common::v1::ResourceMetadata& metadata, std::string_view key, const std::string& value) {
  if (!value.empty()) (*metadata.mutable_labels())[std::string(key)] = value;
}

}  // namespace

std::string why_no_tag(const std::string& key, const std::string& value) {
  if (contains(own_labels, key)) return "is tallyd's own";
  if (key.empty() || key.size() > longest_label) return "has a key that is no label's: 1 to 63 characters";
  if (value.size() > longest_label) return "has more than 63 characters";
  if (std::any_of(key.begin(), key.end(), ascii::is_control) ||
      std::any_of(value.begin(), value.end(), ascii::is_control)) {
    return "holds a control character";
  }
  return "";
}

std::string machine_name(const CreateRequest& request) {
  std::string name = request.ref_id.str();
  if (request.generation > 0) name += "." + std::to_string(request.generation);
  return name;
}

Result<Order> order_of(const CreateRequest& request) {
  if (const Result<> checked = check(request); !checked) return tl::unexpected(checked.error());
  const auto type = split_type_name(request.type);
  if (!type)
    return refuse(Errc::invalid_request, "type", "is no platform and preset: \"gpu-h100-sxm.1gpu-16vcpu-200gb\"");
  Order order;
  order.name = machine_name(request);
  std::tie(order.platform, order.preset) = *type;
  if (request.image_id.starts_with("computeimage-")) {
    order.image_id = request.image_id;
  } else {
    order.image_family = request.image_id.empty() ? std::string(default_family(order.platform)) : request.image_id;
  }
  order.disk_gibibytes = request.disk_size ? gib_of(*request.disk_size) : usual_disk;
  if (order.disk_gibibytes < smallest_disk_gib || order.disk_gibibytes > largest_disk_gib) {
    return refuse(Errc::invalid_request, "disk_size_bytes", "is not between 50 and 8192 GiB");
  }
  Result<std::string> user_data = user_data_of(request);
  if (!user_data) return tl::unexpected(user_data.error());
  order.user_data = std::move(*user_data);
  return order;
}

::nebius::common::v1::ResourceMetadata part_metadata(const CreateRequest& request, const CredentialRef& credential,
                                                     const std::string& project, const std::string& name) {
  ::nebius::common::v1::ResourceMetadata metadata;
  metadata.set_parent_id(project);
  metadata.set_name(name);
  set_label(metadata, labels::created_by, std::string(labels::us));
  set_label(metadata, labels::ref_id, credential.str());
  set_label(metadata, labels::environment, request.ref_id.str());
  return metadata;
}

bool is_part_of(const ::nebius::common::v1::ResourceMetadata& metadata, const CredentialRef& credential) {
  return has_label(metadata, labels::created_by, labels::us) && has_label(metadata, labels::ref_id, credential.str());
}

bool is_part_for(const ::nebius::common::v1::ResourceMetadata& metadata, const CreateRequest& request,
                 const CredentialRef& credential) {
  return is_part_of(metadata, credential) && has_label(metadata, labels::environment, request.ref_id.str());
}

compute::CreateInstanceRequest instance_request(const CreateRequest& request, const Order& order,
                                                const CredentialRef& credential, const Site& site) {
  compute::CreateInstanceRequest message;
  ::nebius::common::v1::ResourceMetadata& metadata = *message.mutable_metadata();
  metadata.set_parent_id(site.project);
  metadata.set_name(order.name);
  for (const auto& [key, value] : request.tags) (*metadata.mutable_labels())[key] = value;
  set_label(metadata, labels::created_by, std::string(labels::us));
  set_label(metadata, labels::ref_id, request.ref_id.str());
  set_label(metadata, labels::environment, request.ref_id.str());
  set_label(metadata, labels::credential, credential.str());
  set_label(metadata, labels::network, site.network_id);
  set_label(metadata, labels::subnet, site.network_id.empty() ? std::string() : site.subnet_id);
  set_label(metadata, labels::type, request.type);
  set_label(metadata, labels::name, request.name);

  compute::InstanceSpec& spec = *message.mutable_spec();
  spec.mutable_resources()->set_platform(order.platform);
  spec.mutable_resources()->set_preset(order.preset);
  compute::NetworkInterfaceSpec& network = *spec.add_network_interfaces();
  network.set_name("eth0");
  network.set_subnet_id(site.subnet_id);
  network.mutable_ip_address();  // required, and empty
  network.mutable_public_ip_address()->set_static_(request.uses_persistent_ip);
  // The disk lives and dies with the machine.
  compute::AttachedDiskSpec& boot = *spec.mutable_boot_disk();
  boot.set_attach_mode(compute::AttachedDiskSpec::READ_WRITE);
  boot.set_device_id("boot-disk");
  boot.mutable_managed_disk()->set_name(order.name + "-boot-disk");
  compute::DiskSpec& disk = *boot.mutable_managed_disk()->mutable_spec();
  disk.set_type(compute::DiskSpec::NETWORK_SSD);
  disk.set_size_gibibytes(order.disk_gibibytes);
  if (order.image_id.empty()) {
    disk.mutable_source_image_family()->set_image_family(order.image_family);
  } else {
    disk.set_source_image_id(order.image_id);
  }
  spec.set_cloud_init_user_data(order.user_data);
  if (request.is_spot) {
    spec.mutable_preemptible()->set_on_preemption(compute::PreemptibleSpec::STOP);
    spec.set_recovery_policy(compute::FAIL);
  }
  return message;
}

std::string call_key(std::string_view token, std::string_view step) {
  // The namespace: any fixed 16 bytes.
  const std::string bytes = std::string("tallyd at Nebius").append(token).append("/").append(step);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0fU) | 0x50U);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3fU) | 0x80U);
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string uuid;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += digits[digest[i] >> 4U];
    uuid += digits[digest[i] & 0xfU];
  }
  return uuid;
}

}  // namespace tally::nebius
