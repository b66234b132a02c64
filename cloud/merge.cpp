#include "cloud/merge.hpp"

#include <utility>

namespace tally {
namespace {

bool is_absent(const std::string& value) { return value.empty(); }
template <class Tag>
bool is_absent(const Id<Tag>& value) {
  return value.empty();
}
template <class T>
bool is_absent(const std::optional<T>& value) {
  return !value.has_value();
}

}  // namespace

MergedInstance merge(const Instance& known, const Instance& seen) {
  MergedInstance merged{seen, {}};
  Instance& now = merged.instance;
  const auto keep = [](const auto& old_value, auto& value) {
    if (!is_absent(old_value)) value = old_value;
  };
  const auto keep_identity = [&](const char* name, const auto& old_value, auto& value) {
    if (is_absent(old_value)) return;
    if (!is_absent(value) && value != old_value) merged.conflicts.emplace_back(name);
    value = old_value;
  };
  const auto take_if_given = [](const auto& old_value, auto& value) {
    if (is_absent(value)) value = old_value;
  };

  now.cloud_id = known.cloud_id;
  keep_identity("provider", known.provider, now.provider);
  keep_identity("cloud", known.cloud, now.cloud);
  keep_identity("ref_id", known.ref_id, now.ref_id);
  keep_identity("cloud_cred_ref_id", known.cloud_cred_ref_id, now.cloud_cred_ref_id);
  keep_identity("name", known.name, now.name);
  keep_identity("created_at_ms", known.created_at, now.created_at);
  keep_identity("location", known.location, now.location);
  keep_identity("sub_location", known.sub_location, now.sub_location);
  keep_identity("type", known.type, now.type);
  keep_identity("instance_type_id", known.instance_type_id, now.instance_type_id);
  keep_identity("image_id", known.image_id, now.image_id);
  if (known.is_spot != seen.is_spot) merged.conflicts.emplace_back("is_spot");
  now.is_spot = known.is_spot;
  keep(known.price, now.price);  // frozen when first known

  InstanceAttributes attributes = *now.attributes;
  keep_identity("volume_type", known.attributes->volume_type, attributes.volume_type);
  keep_identity("public_key_fingerprint", known.attributes->public_key_fingerprint, attributes.public_key_fingerprint);
  keep_identity("vpc_id", known.attributes->vpc_id, attributes.vpc_id);
  keep_identity("subnet_id", known.attributes->subnet_id, attributes.subnet_id);
  now.attributes = std::move(attributes);

  // Of what has ended some vendors list less than before.
  if (is_ended(seen) && seen.tags.empty()) now.tags = known.tags;

  take_if_given(known.ssh_user, now.ssh_user);
  take_if_given(known.ssh_port, now.ssh_port);
  take_if_given(known.disk_size, now.disk_size);
  if (now.disk_size && now.disk_size->count() == 0) now.disk_size = known.disk_size;
  return merged;
}

std::vector<std::string> identity_conflicts(const InstanceType& known, const InstanceType& seen) {
  std::vector<std::string> names;
  const auto check = [&names](const char* name, const std::string& a, const std::string& b) {
    if (a != b) names.emplace_back(name);
  };
  check("provider", known.provider, seen.provider);
  check("cloud", known.cloud, seen.cloud);
  check("location", known.location, seen.location);
  check("sub_location", known.sub_location, seen.sub_location);
  check("type", known.type, seen.type);
  return names;
}

}  // namespace tally
