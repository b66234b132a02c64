#include <limits>

#include "net/json_rows.hpp"
#include "providers/shadeform/mapping.hpp"
#include "providers/shadeform/tags.hpp"

namespace tally::shadeform {
namespace {

constexpr std::int32_t usual_ssh_port = 22;

/// Shadeform's status words; one that is not here has no meaning for us and keeps the last known state.
std::optional<LifecycleStatus> status_of(const std::string& word) {
  if (word == "creating" || word == "pending_provider" || word == "pending") return LifecycleStatus::pending;
  if (word == "active") return LifecycleStatus::running;
  if (word == "error") return LifecycleStatus::failed;
  if (word == "deleting") return LifecycleStatus::terminating;
  if (word == "deleted") return LifecycleStatus::terminated;
  return std::nullopt;
}

/// A text without an equals sign is none of ours, whatever it says.
void read_tags(const json::Fields& fields, Instance& instance) {
  for (const std::string& tag : fields.texts("tags", limits::tags_per_instance)) {
    const std::size_t equals = tag.find('=');
    if (equals == std::string::npos) {
      instance.tags[tag] = "";
    } else {
      add_tag(instance, our_tags, tag.substr(0, equals), tag.substr(equals + 1));
    }
  }
}

/// Machines of ours are named "{RefID}_{name}"; both may have underscores.
std::string shown_name(const std::string& name, const RefId& ref) {
  const std::string prefix = ref.str() + "_";
  return !ref.empty() && name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

/// "ip" may be an address or a DNS name.
void read_address(const json::Fields& fields, LoopbackIs loopback, Instance& instance) {
  instance.public_dns = instance_address(fields.text("ip"), loopback);
  if (is_ip_address(instance.public_dns)) instance.public_ip = instance.public_dns;
}

void read_configuration(const json::Fields& fields, Instance& instance) {
  const auto configuration = fields.object("configuration");
  if (!configuration) return;
  instance.image_id = configuration->text("os");
  instance.disk_size = configuration->bytes("storage_in_gb", ByteUnit::gigabyte);
}

Instance read_fields(const json::Fields& fields, LoopbackIs loopback) {
  const json::Fields deciding = fields.deciding();
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = "shadeform";
  const std::string cloud = deciding.text("cloud", limits::id);
  const std::string shade_type = deciding.text("shade_instance_type", limits::id);
  instance.cloud = cloud_name(cloud);
  instance.location = deciding.text("region", limits::id);
  if (!cloud.empty() && !shade_type.empty()) {
    instance.type = type_name(cloud, shade_type);
    if (!instance.location.empty()) instance.instance_type_id = type_id(instance.type, instance.location);
  }
  read_tags(fields, instance);
  instance.name = shown_name(fields.text("name"), instance.ref_id);
  read_address(fields, loopback, instance);
  instance.provider_status = deciding.text("status");
  instance.status = status_of(instance.provider_status);
  instance.status_message = fields.text("status_details");
  // Without an address a machine cannot be used yet, whatever its status says.
  if (instance.status == LifecycleStatus::running && instance.public_dns.empty()) {
    instance.status = LifecycleStatus::pending;
  }
  instance.ssh_user = fields.text("ssh_user");
  if (instance.ssh_user.empty()) instance.ssh_user = "shadeform";
  const std::int32_t port = fields.int32("ssh_port", std::numeric_limits<std::int32_t>::min()).value_or(0);
  instance.ssh_port = port > 0 && port <= std::numeric_limits<std::uint16_t>::max() ? port : usual_ssh_port;
  instance.hostname = "shadecloud";
  read_configuration(fields, instance);
  instance.price = fields.price_in_cents("hourly_price");
  instance.created_at = fields.time("created_at");
  instance.is_stoppable = false;
  instance.is_rebootable = true;
  return instance;
}

}  // namespace

InstanceMapping instance_mapping() { return {"instances", read_fields}; }

Result<Instance> read_instance(const std::string& body, LoopbackIs loopback, const CloudId& asked, Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, instance_mapping(), loopback, asked, now);
}

}  // namespace tally::shadeform
