#include "simcloud/faces/shadeform_wire.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "runtime/ascii.hpp"
#include "simcloud/body.hpp"

namespace tally::simcloud::shadeform_api {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 4> clouds = {"massedcompute", "hyperstack", "verda", "excesssupply"};

std::string_view cloud_of(std::size_t shape) { return clouds.at(shape % clouds.size()); }

/// "SXM5" is sxm5; where nothing is said it is pcie.
std::string interconnect_of(const Gpu& gpu) {
  return gpu.interconnect.empty() ? "pcie" : ascii::lower(gpu.interconnect);
}

std::string type_name(const Shape& shape) {
  const std::string interconnect = interconnect_of(shape.gpu);
  std::string name = interconnect == "pcie" ? shape.gpu.model : shape.gpu.model + "_" + interconnect;
  if (shape.gpus > 1) name += fmt::format("x{}", shape.gpus);
  const std::size_t variant = shape.name.find("_v");
  return variant == std::string::npos ? name : name + shape.name.substr(variant);
}

json::object configuration(const Shape& shape) {
  const std::string interconnect = interconnect_of(shape.gpu);
  return {{"memory_in_gb", shape.memory_gib},
          {"storage_in_gb", shape.storage_gib},
          {"vcpus", shape.vcpus},
          {"num_gpus", shape.gpus},
          {"gpu_type", shape.gpu.model},
          {"interconnect", interconnect},
          {"nvlink", interconnect != "pcie"},
          {"vram_per_gpu_in_gb", shape.gpu.memory_gb},
          {"gpu_manufacturer", "nvidia"}};
}

const char* status_of(const Machine& machine) {
  switch (machine.status) {
    case MachineStatus::booting: return machine.is_ordered && machine.age == 0 ? "creating" : "pending";
    case MachineStatus::active:
    case MachineStatus::stopping:
    case MachineStatus::stopped: return "active";
    case MachineStatus::unhealthy:
    case MachineStatus::failed: return "error";
    case MachineStatus::terminating: return "deleting";
    case MachineStatus::terminated: return "deleted";
  }
  return "";
}

std::string name_of(const Machine& machine) {
  const Order& order = machine.order;
  if (machine.is_ordered) return order.name;
  return machine.ref_id + "_" + (order.name.empty() ? "vm-" + machine.id.substr(0, 4) : order.name);
}

json::array tags_of(const World& world, const Machine& machine) {
  json::array tags;
  if (!machine.is_ordered && !machine.is_labelled) {
    tags.emplace_back("refID=" + machine.ref_id);
    tags.emplace_back("cloudCredRefID=" + world.owner());
  }
  for (const auto& [tag, none] : machine.order.tags) tags.emplace_back(tag);
  return tags;
}

}  // namespace

Reply error(int status, const char* code, const std::string& message) {
  return json_reply(json::object{{"error_code", code}, {"error", message}}, status);
}

Reply no_instance() { return error(404, "NOT_FOUND", "Instance not found"); }

Reply nothing() { return {}; }

std::optional<std::size_t> find_shape(const World& world, std::string_view cloud, std::string_view name) {
  for (std::size_t shape = 0; shape < world.sale().size(); ++shape) {
    if (cloud_of(shape) == cloud && type_name(world.sale()[shape].shape) == name) return shape;
  }
  return std::nullopt;
}

json::object type_of(const World& world, std::size_t shape) {
  const SaleItem& item = world.sale()[shape];
  json::array availability;
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    if (!world.is_region_listed(region)) continue;
    const Region& place = world.regions()[region];
    availability.push_back({{"region", place.name},
                            {"available", item.regions_with_capacity.contains(region)},
                            {"display_name", place.country + ", " + place.description}});
  }
  json::object about = configuration(item.shape);
  about["os_options"] = json::array(os_options.begin(), os_options.end());
  return {{"cloud", cloud_of(shape)},
          {"shade_instance_type", type_name(item.shape)},
          {"cloud_instance_type", item.shape.name},
          {"configuration", about},
          {"hourly_price", item.shape.price_cents},
          {"deployment_type", "vm"},
          {"availability", availability},
          {"boot_time", {{"min_boot_in_sec", 60}, {"max_boot_in_sec", 180}}}};
}

json::object machine_of(const World& world, const Machine& machine) {
  const Shape& shape = world.sale()[machine.order.shape].shape;
  json::object about = configuration(shape);
  about["os"] = machine.is_ordered ? std::string_view(machine.order.image) : os_options[0];
  json::object row{{"id", machine.id},
                   {"cloud", cloud_of(machine.order.shape)},
                   {"region", world.regions()[machine.order.region].name},
                   {"shade_instance_type", type_name(shape)},
                   {"cloud_instance_type", shape.name},
                   {"cloud_assigned_id", "c-" + machine.id},
                   {"shade_cloud", true},
                   {"name", name_of(machine)},
                   {"configuration", about},
                   {"ip", nullptr},
                   {"ssh_user", "shadeform"},
                   {"ssh_port", nullptr},
                   {"status", status_of(machine)},
                   {"status_details", machine.is_without_resources ? "OUT_OF_STOCK" : ""},
                   {"cost_estimate", "0"},
                   {"hourly_price", shape.price_cents},
                   {"created_at", to_iso8601(machine.created_at)},
                   {"deleted_at", nullptr},
                   {"tags", tags_of(world, machine)}};
  if (!machine.address.empty()) {
    row["ip"] = machine.address;
    row["ssh_port"] = world.ssh_port();
  }
  if (!machine.order.disks.empty())
    row["volume_ids"] = json::array(machine.order.disks.begin(), machine.order.disks.end());
  return row;
}

}  // namespace tally::simcloud::shadeform_api
