#include "providers/fluidstack/address.hpp"
#include "providers/fluidstack/mapping.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::int32_t usual_ssh_port = 22;

/// A word that is not here has no meaning for us and keeps the last known state.
std::optional<LifecycleStatus> status_of(const std::string& word) {
  if (word == "creating" || word == "starting") return LifecycleStatus::pending;
  if (word == "running") return LifecycleStatus::running;
  if (word == "stopping") return LifecycleStatus::stopping;
  if (word == "stopped") return LifecycleStatus::stopped;
  if (word == "deleting") return LifecycleStatus::terminating;
  if (word == "out-of-stock" || word == "error") return LifecycleStatus::failed;
  return std::nullopt;
}

void read_tags(const json::Fields& fields, Instance& instance) {
  for (const auto& [key, value] : fields.text_map("tags", limits::tags_per_instance)) {
    add_tag(instance, our_tags, key, value);
  }
}

/// "ip" is described as the private address; whoever has a public one may find it there.
void read_address(const json::Fields& fields, LoopbackIs loopback, bool uses_private_ip, Instance& instance) {
  const std::string address = instance_address(fields.text("ip"), loopback);
  if (!is_ip_address(address)) return;
  instance.private_ip = address;
  if (uses_private_ip || is_reached_from_anywhere(address, loopback)) instance.public_ip = address;
}

}  // namespace

Instance read_machine(const json::Fields& fields, LoopbackIs loopback, const Settings& settings) {
  const json::Fields deciding = fields.deciding();
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "fluidstack";
  instance.name = fields.text("name");
  instance.type = deciding.required_text("type");
  instance.provider_status = deciding.text("state");
  instance.status = status_of(instance.provider_status);
  if (instance.provider_status == "out-of-stock") instance.status_message = "out of stock";
  read_address(fields, loopback, settings.uses_private_ip, instance);
  instance.ssh_user = settings.ssh_user;
  instance.ssh_port = usual_ssh_port;
  instance.image_id = fields.text("image", limits::id);
  instance.is_spot = fields.flag("preemptible").value_or(false);
  instance.is_stoppable = true;
  instance.is_rebootable = false;
  read_tags(fields, instance);
  return instance;
}

InstanceMapping instance_mapping(const std::string& region, const Settings& settings) {
  return {"", [region, settings](const json::Fields& fields, LoopbackIs loopback) {
            Instance instance = read_machine(fields, loopback, settings);
            instance.location = region;
            if (!instance.type.empty()) instance.instance_type_id = type_id(region, instance.type);
            return instance;
          }};
}

}  // namespace tally::fluidstack
