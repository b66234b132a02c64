#include "simcloud/faces/verda_wire.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "simcloud/body.hpp"

namespace tally::simcloud::verda_api {
namespace json = boost::json;
namespace {

std::string product_of(const Gpu& gpu) {
  return gpu.model + (gpu.interconnect.empty() ? "" : " " + gpu.interconnect) + fmt::format(" {}GB", gpu.memory_gb);
}

/// What a type and a machine of it have in common.
json::object hardware_of(const Shape& shape) {
  const int gpu_memory = shape.gpu.memory_gb * shape.gpus;
  return {
      {"cpu",
       {{"description", fmt::format("{} CPU", shape.vcpus)},
        {"number_of_cores", shape.vcpus},
        {"model", shape.is_arm ? "NVIDIA Grace" : "AMD Genoa"}}},
      {"gpu",
       {{"description", fmt::format("{}x {}", shape.gpus, product_of(shape.gpu))}, {"number_of_gpus", shape.gpus}}},
      {"gpu_memory", {{"description", fmt::format("{}GB GPU RAM", gpu_memory)}, {"size_in_gigabytes", gpu_memory}}},
      {"memory", {{"description", fmt::format("{}GB RAM", shape.memory_gib)}, {"size_in_gigabytes", shape.memory_gib}}},
      {"storage", {{"description", "dynamic"}}}};
}

json::array tags_of(const Machine& machine) {
  json::array tags;
  const auto add = [&tags](const std::string& key, const std::string& value) {
    tags.push_back({{"id", tag_id(key)}, {"key", key}, {"value", value}});
  };
  if (!machine.owner.empty() && !machine.is_labelled) {
    add(ref_tag, machine.ref_id);
    add(credential_tag, machine.owner);
  }
  for (const auto& [key, value] : machine.order.tags) add(key, value);
  return tags;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

}  // namespace

Reply error(int status, const char* code, const std::string& message) {
  return json_reply(json::object{{"code", code}, {"message", message}}, status);
}

Reply invalid(const std::string& message) { return error(400, "invalid_request", message); }

Reply not_found(const std::string& message) { return error(404, "not_found", message); }

Reply id_reply(const std::string& id, int status) {
  Reply reply;
  reply.status = status;
  reply.body = id;
  reply.content_type = "text/plain";
  return reply;
}

json::object type_of(const Shape& shape) {
  json::object row = hardware_of(shape);
  row["id"] = "t-" + shape.name;
  row["instance_type"] = shape.name;
  row["model"] = shape.gpu.model;
  row["name"] = product_of(shape.gpu);
  row["display_name"] = nullptr;
  row["description"] = "Dedicated Hardware Instance";
  row["manufacturer"] = "NVIDIA";
  row["p2p"] = shape.gpu.interconnect.starts_with("SXM") && shape.gpus > 1 ? json::value("900 GB/s") : json::value();
  row["price_per_hour"] = dollars(shape.price_cents);
  row["spot_price"] = dollars(spot_cents(shape));
  row["currency"] = "usd";
  return row;
}

std::string tag_id(const std::string& key) { return "tag_" + key; }

const char* status_of(const Machine& machine) {
  switch (machine.status) {
    case MachineStatus::booting: return machine.is_ordered && machine.age == 0 ? "ordered" : "provisioning";
    case MachineStatus::active:
    case MachineStatus::unhealthy:
    case MachineStatus::stopping: return "running";
    case MachineStatus::stopped: return "offline";
    case MachineStatus::terminating: return "deleting";
    case MachineStatus::terminated: return "discontinued";
    case MachineStatus::failed: return machine.is_without_resources ? "no_capacity" : "error";
  }
  return "";
}

std::string system_volume_of(const Machine& machine) {
  const bool is_just_ordered = machine.is_ordered && machine.status == MachineStatus::booting && machine.age == 0;
  return is_just_ordered ? "" : "os-" + machine.id;
}

json::object volume_of(const World& world, const Machine& machine) {
  return {{"id", system_volume_of(machine)},
          {"instance_id", machine.id},
          {"name", "OS-NVMe-" + machine.id.substr(0, 4)},
          {"status", "attached"},
          {"size", machine.order.disk_gib},
          {"type", "NVMe"},
          {"is_os_volume", true},
          {"created_at", to_iso8601(machine.created_at)},
          {"location", world.regions()[machine.order.region].name}};
}

json::object machine_of(const World& world, const Machine& machine) {
  const Order& order = machine.order;
  const Shape& shape = world.sale()[order.shape].shape;
  const std::string volume = system_volume_of(machine);
  json::object row = hardware_of(shape);
  row["id"] = machine.id;
  row["ip"] = text_or_null(machine.address);
  row["status"] = status_of(machine);
  row["created_at"] = to_iso8601(machine.created_at);
  row["hostname"] = order.name.empty() ? "vm-" + machine.id.substr(0, 4) : order.name;
  row["description"] = "";
  row["tags"] = tags_of(machine);
  row["location"] = world.regions()[order.region].name;
  row["price_per_hour"] = static_cast<double>(order.is_spot ? spot_cents(shape) : shape.price_cents) / 100;
  row["is_spot"] = order.is_spot;
  row["instance_type"] = shape.name;
  row["image"] = order.image.empty() ? "ubuntu-22-04" : order.image;
  row["os_name"] = "Ubuntu";
  row["startup_script_id"] = text_or_null(order.script);
  row["ssh_key_ids"] = order.key.empty() ? json::array() : json::array{order.key};
  row["os_volume_id"] = text_or_null(volume);
  row["volume_ids"] = volume.empty() ? json::array() : json::array{volume};
  row["contract"] = order.is_spot ? "SPOT" : "PAY_AS_YOU_GO";
  row["pricing"] = "FIXED_PRICE";
  return row;
}

}  // namespace tally::simcloud::verda_api
