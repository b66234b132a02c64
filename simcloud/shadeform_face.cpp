// The world as Shadeform's API v1 shows it: the same machines, sold by several clouds through one broker.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>

#include "runtime/timestamp.hpp"
#include "simcloud/face.hpp"
#include "simcloud/recorded.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud {
namespace json = boost::json;
namespace {

constexpr RowFields row_fields{R"("status":17,"configuration":17,)", R"("vcpus":)", R"("hourly_price":)"};
constexpr std::array<std::string_view, 4> clouds = {"massedcompute", "hyperstack", "verda", "excesssupply"};

Reply error(int status, const char* code, const char* message) {
  Reply reply;
  reply.status = status;
  reply.body = json::serialize(json::object{{"error_code", code}, {"error", message}});
  return reply;
}

std::string_view cloud_of(std::size_t shape) { return clouds.at(shape % clouds.size()); }

/// "H100 (80 GB SXM5)" in the broker's words: H100, 80, sxm5.
struct GpuWords {
  std::string model;
  int memory_gb = 0;
  std::string interconnect = "pcie";
};

GpuWords gpu_words(const Shape& shape) {
  GpuWords words;
  words.model = shape.gpu_description.substr(0, shape.gpu_description.find(' '));
  words.memory_gb = std::stoi(shape.gpu_description.substr(shape.gpu_description.find('(') + 1));
  const std::size_t sxm = shape.gpu_description.find("SXM");
  constexpr std::size_t sxm_size = 4;
  if (sxm != std::string::npos) words.interconnect = "sxm" + shape.gpu_description.substr(sxm + 3, sxm_size - 3);
  return words;
}

std::string type_name(const Shape& shape) {
  const GpuWords words = gpu_words(shape);
  std::string name = words.interconnect == "pcie" ? words.model : words.model + "_" + words.interconnect;
  if (shape.gpus > 1) name += fmt::format("x{}", shape.gpus);
  const std::size_t variant = shape.name.find("_v");
  return variant == std::string::npos ? name : name + shape.name.substr(variant);
}

json::object configuration(const Shape& shape) {
  const GpuWords words = gpu_words(shape);
  return {{"memory_in_gb", shape.memory_gib},
          {"storage_in_gb", shape.storage_gib},
          {"vcpus", shape.vcpus},
          {"num_gpus", shape.gpus},
          {"gpu_type", words.model},
          {"interconnect", words.interconnect},
          {"nvlink", words.interconnect != "pcie"},
          {"vram_per_gpu_in_gb", words.memory_gb},
          {"gpu_manufacturer", "nvidia"}};
}

json::object type_of(const World& world, std::size_t shape) {
  const SaleItem& item = world.sale()[shape];
  json::array availability;
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    if (!world.is_region_listed(region)) continue;
    availability.push_back({{"region", world.regions()[region].name},
                            {"available", item.regions_with_capacity.contains(region)},
                            {"display_name", "US, " + world.regions()[region].description}});
  }
  json::object about = configuration(item.shape);
  about["os_options"] = json::array{"ubuntu22.04_cuda12.6_shade_os"};
  return {{"cloud", cloud_of(shape)},
          {"shade_instance_type", type_name(item.shape)},
          {"cloud_instance_type", item.shape.name},
          {"configuration", about},
          {"hourly_price", item.shape.price_cents},
          {"deployment_type", "vm"},
          {"availability", availability},
          {"boot_time", {{"min_boot_in_sec", 60}, {"max_boot_in_sec", 180}}}};
}

const char* status_of(MachineStatus status) {
  switch (status) {
    case MachineStatus::booting: return "pending";
    case MachineStatus::active: return "active";
    case MachineStatus::unhealthy: return "error";
    case MachineStatus::terminating: return "deleting";
    case MachineStatus::terminated: return "deleted";
  }
  return "";
}

json::object machine_of(const World& world, const Machine& machine) {
  const Shape& shape = world.sale()[machine.shape].shape;
  json::object about = configuration(shape);
  about["os"] = "ubuntu22.04_cuda12.6_shade_os";
  json::object row{{"id", machine.id},
                   {"cloud", cloud_of(machine.shape)},
                   {"region", world.regions()[machine.region].name},
                   {"shade_instance_type", type_name(shape)},
                   {"cloud_instance_type", shape.name},
                   {"cloud_assigned_id", "c-" + machine.id},
                   {"shade_cloud", true},
                   {"name", machine.ssh_key + "_" + machine.name},
                   {"configuration", about},
                   {"ip", nullptr},
                   {"ssh_user", "shadeform"},
                   {"ssh_port", nullptr},
                   {"status", status_of(machine.status)},
                   {"cost_estimate", "0"},
                   {"hourly_price", shape.price_cents},
                   {"created_at", to_iso8601(machine.created_at)},
                   {"deleted_at", nullptr},
                   {"tags", json::array{"refID=" + machine.ssh_key, "cloudCredRefID=" + world.owner()}}};
  if (!machine.address.empty()) {
    row["ip"] = machine.address;
    row["ssh_port"] = world.ssh_port();
  }
  return row;
}

Reply types(const World& world, std::vector<Fault> faults) {
  std::string rows;
  for (std::size_t shape = 0; shape < world.sale().size(); ++shape) {
    if (!world.sale()[shape].is_listed) continue;
    append_row(rows, "", json::serialize(type_of(world, shape)), row_fields, faults);
  }
  return list_reply("instance_types", '[', ']', rows, faults);
}

Reply instances(const World& world, std::vector<Fault> faults) {
  std::string rows;
  for (const auto& [id, machine] : world.machines()) {
    if (machine.status == MachineStatus::terminated) continue;
    append_row(rows, "", json::serialize(machine_of(world, machine)), row_fields, faults);
  }
  return list_reply("instances", '[', ']', rows, faults);
}

Reply reply_to(const World& world, const std::string& api_key, const Asked& asked, const std::vector<Fault>& faults) {
  if (asked.api_key != api_key) {
    Reply refused;
    refused.status = 401;
    refused.body = R"({"message":"Invalid API key"})";
    return refused;
  }
  const std::string path = asked.path.substr(shadeform_face.base.size());
  if (asked.method != "GET") return error(405, "METHOD_NOT_ALLOWED", "Method not allowed");
  if (path == "/instances/types") return types(world, faults);
  if (path == "/instances") return instances(world, faults);
  const std::string start = "/instances/";
  const std::string end = "/info";
  if (path.starts_with(start) && path.ends_with(end) && path.size() > start.size() + end.size()) {
    const auto at = world.machines().find(path.substr(start.size(), path.size() - start.size() - end.size()));
    if (at == world.machines().end()) return error(404, "NOT_FOUND", "Instance not found");
    Reply reply;
    reply.body = json::serialize(machine_of(world, at->second));
    return reply;
  }
  return error(404, "NOT_FOUND", "Not found");
}

std::filesystem::path recording_of(const std::filesystem::path& folder, const std::string& path) {
  if (path == "/instances/types") return folder / "instances_types.json";
  if (path == "/instances") return folder / "instances.json";
  const std::string start = "/instances/";
  return file_with(folder, "instance_info_", '"' + path.substr(start.size(), path.rfind('/') - start.size()) + '"');
}

}  // namespace

const Face shadeform_face{"shadeform", "/v1", &reply_to, &recording_of};

}  // namespace tally::simcloud
