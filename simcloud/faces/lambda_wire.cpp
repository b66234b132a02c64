#include "simcloud/faces/lambda_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <string_view>

#include "simcloud/body.hpp"

namespace tally::simcloud::lambda_api {
namespace json = boost::json;
namespace {

/// A time as our names of instances carry it: 2026-08-20-20-53-39Z-00.
std::string name_time(Timestamp time) {
  std::string text = to_iso8601(time).substr(0, std::string_view("2026-08-20T20:53:39").size());
  std::replace_if(text.begin(), text.end(), [](char c) { return c == 'T' || c == ':'; }, '-');
  return text + "Z-00";
}

std::string name_of(const Machine& machine) {
  if (machine.owner.empty()) return machine.order.name;
  return fmt::format("{}--{}", machine.owner, name_time(machine.created_at));
}

std::string key_name_of(World& world, const Machine& machine) {
  if (!machine.is_ordered) return machine.ref_id;
  const auto key = world.belongings().keys.find(machine.order.key);
  return key == world.belongings().keys.end() ? "" : key->second.name;
}

const char* status_of(MachineStatus status) {
  switch (status) {
    case MachineStatus::booting: return "booting";
    case MachineStatus::active:
    case MachineStatus::stopping: return "active";
    case MachineStatus::unhealthy:
    case MachineStatus::failed: return "unhealthy";
    case MachineStatus::terminating: return "terminating";
    case MachineStatus::stopped:
    case MachineStatus::terminated: return "terminated";
  }
  return "";
}

json::object actions_of(const Machine& machine) {
  json::object one{{"available", true}};
  if (machine.is_over()) {
    one = {{"available", false},
           {"reason_code", "vm-is-terminating"},
           {"reason_description", "The virtual machine is being terminated."}};
  } else if (machine.status == MachineStatus::booting) {
    one = {{"available", false},
           {"reason_code", "vm-has-not-launched"},
           {"reason_description", "The virtual machine has not launched yet."}};
  }
  json::object all{{"migrate", one}, {"rebuild", one}, {"restart", one}, {"cold_reboot", one}, {"terminate", one}};
  if (machine.status == MachineStatus::booting) all["terminate"] = {{"available", true}};
  return all;
}

/// What only a machine has that was launched by a call.
void add_order(World& world, const Order& order, json::object& row) {
  json::array tags;
  for (const auto& [key, value] : order.tags) tags.push_back({{"key", key}, {"value", value}});
  if (!tags.empty()) row["tags"] = tags;
  json::array rulesets;
  for (const std::string& id : order.firewalls) rulesets.push_back(json::object{{"id", id}});
  if (!rulesets.empty()) row["firewall_rulesets"] = rulesets;
  json::array names;
  json::array mounts;
  for (const std::string& id : order.disks) {
    const std::string& name = world.belongings().disks.at(id).name;
    names.emplace_back(name);
    mounts.push_back({{"mount_point", "/lambda/nfs/" + name}, {"file_system_id", id}});
  }
  row["file_system_names"] = names;
  if (!mounts.empty()) row["file_system_mounts"] = mounts;
}

}  // namespace

Reply error(int status, const char* code, const std::string& message) {
  return json_reply(json::object{{"error", {{"code", code}, {"message", message}}}}, status);
}

Reply not_found(const std::string& message) { return error(404, "global/object-does-not-exist", message); }

Reply invalid(const std::string& field, const std::string& message) {
  constexpr const char* code = "global/invalid-parameters";
  json::object fields;
  fields[field] = {{"code", code}, {"message", message}};
  return json_reply(
      json::object{{"error", {{"code", code}, {"message", "Invalid request data."}}}, {"field_errors", fields}}, 400);
}

Reply data(const json::value& what) { return json_reply(json::object{{"data", what}}); }

json::object region_of(const World& world, std::size_t region) {
  return {{"name", world.regions()[region].name}, {"description", world.regions()[region].description}};
}

json::object type_of(const Shape& shape) {
  std::string gpu = fmt::format("{} ({} GB", shape.gpu.model, shape.gpu.memory_gb);
  gpu += shape.gpu.interconnect.empty() ? ")" : " " + shape.gpu.interconnect + ")";
  return {{"name", shape.name},
          {"description", fmt::format("{}x {}", shape.gpus, gpu)},
          {"gpu_description", gpu},
          {"price_cents_per_hour", shape.price_cents},
          {"specs",
           {{"vcpus", shape.vcpus},
            {"memory_gib", shape.memory_gib},
            {"storage_gib", shape.storage_gib},
            {"gpus", shape.gpus}}},
          {"architecture", architecture(shape.is_arm)}};
}

json::object machine_of(World& world, const Machine& machine) {
  json::object row{{"id", machine.id},
                   {"name", name_of(machine)},
                   {"status", status_of(machine.status)},
                   {"ssh_key_names", json::array{key_name_of(world, machine)}},
                   {"file_system_names", json::array{}},
                   {"region", region_of(world, machine.order.region)},
                   {"instance_type", type_of(world.sale()[machine.order.shape].shape)},
                   {"is_reserved", false},
                   {"actions", actions_of(machine)}};
  if (!machine.address.empty()) {
    row["ip"] = machine.address;
    row["private_ip"] = "10.0.0.1";
    std::string hostname = machine.address;
    std::replace(hostname.begin(), hostname.end(), '.', '-');
    row["hostname"] = hostname;
    row["jupyter_token"] = machine.id;
  }
  if (machine.is_ordered) add_order(world, machine.order, row);
  return row;
}

}  // namespace tally::simcloud::lambda_api
