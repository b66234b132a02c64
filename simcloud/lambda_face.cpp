// The world as Lambda's Cloud API shows it (its wire shapes, version 1.10.0).
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "simcloud/face.hpp"
#include "simcloud/recorded.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud {
namespace json = boost::json;
namespace {

Reply error(int status, const char* code, const char* message) {
  Reply reply;
  reply.status = status;
  reply.body = json::serialize(json::object{{"error", {{"code", code}, {"message", message}}}});
  return reply;
}

json::object region_of(const World& world, std::size_t region) {
  return {{"name", world.regions()[region].name}, {"description", world.regions()[region].description}};
}

json::object type_of(const Shape& shape) {
  return {{"name", shape.name},
          {"description", shape.description},
          {"gpu_description", shape.gpu_description},
          {"price_cents_per_hour", shape.price_cents},
          {"specs",
           {{"vcpus", shape.vcpus},
            {"memory_gib", shape.memory_gib},
            {"storage_gib", shape.storage_gib},
            {"gpus", shape.gpus}}},
          {"architecture", shape.gpu_description.starts_with("GH") ? "arm64" : "x86_64"}};
}

json::object machine_of(const World& world, const Machine& machine) {
  json::object row{{"id", machine.id},
                   {"name", machine.name},
                   {"status", to_string(machine.status)},
                   {"ssh_key_names", json::array{machine.ssh_key}},
                   {"file_system_names", json::array{}},
                   {"region", region_of(world, machine.region)},
                   {"instance_type", type_of(world.sale()[machine.shape].shape)},
                   {"is_reserved", false}};
  if (!machine.address.empty()) {
    row["ip"] = machine.address;
    row["private_ip"] = "10.0.0.1";
    std::string hostname = machine.address;
    std::replace(hostname.begin(), hostname.end(), '.', '-');
    row["hostname"] = hostname;
    row["jupyter_token"] = machine.id;
  }
  return row;
}

constexpr RowFields row_fields{R"("status":17,"instance_type":17,)", R"("vcpus":)", R"("price_cents_per_hour":)"};

Reply types(const World& world, std::vector<Fault> faults) {
  std::string rows;
  for (const SaleItem& item : world.sale()) {
    if (!item.is_listed) continue;
    json::array regions;
    for (const std::size_t region : item.regions_with_capacity) regions.push_back(region_of(world, region));
    const json::object entry{{"instance_type", type_of(item.shape)}, {"regions_with_capacity_available", regions}};
    append_row(rows, "\"" + item.shape.name + "\":", json::serialize(entry), row_fields, faults);
  }
  return list_reply("data", '{', '}', rows, faults);
}

Reply regions(const World& world, const std::vector<Fault>& faults) {
  std::string rows;
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    if (!world.is_region_listed(region)) continue;
    if (!rows.empty()) rows += ',';
    rows += json::serialize(region_of(world, region));
  }
  return list_reply("data", '[', ']', rows, faults);
}

Reply instances(const World& world, std::vector<Fault> faults) {
  std::string rows;
  for (const auto& [id, machine] : world.machines()) {
    append_row(rows, "", json::serialize(machine_of(world, machine)), row_fields, faults);
  }
  return list_reply("data", '[', ']', rows, faults);
}

Reply instance(const World& world, const std::string& id) {
  const auto at = world.machines().find(id);
  if (at == world.machines().end()) {
    return error(404, "global/object-does-not-exist", "Specified instance does not exist.");
  }
  Reply reply;
  reply.body = json::serialize(json::object{{"data", machine_of(world, at->second)}});
  return reply;
}

Reply reply_to(const World& world, const std::string& api_key, const Asked& asked, const std::vector<Fault>& faults) {
  if (asked.authorization != "Bearer " + api_key) {
    return error(401, "global/invalid-api-key", "API key was invalid, expired, or deleted.");
  }
  const std::string path = asked.path.substr(lambda_face.base.size());
  if (asked.method != "GET") return error(405, "global/invalid-parameters", "Method not allowed.");
  if (path == "/instance-types") return types(world, faults);
  if (path == "/regions") return regions(world, faults);
  if (path == "/instances") return instances(world, faults);
  if (path.starts_with("/instances/")) return instance(world, path.substr(std::string("/instances/").size()));
  return error(404, "global/not-found", "The requested resource was not found.");
}

std::filesystem::path recording_of(const std::filesystem::path& folder, const std::string& path) {
  const std::string instance = "/instances/";
  if (path.starts_with(instance)) return file_with(folder, "instance_get_", '"' + path.substr(instance.size()) + '"');
  return folder / (path.substr(1) + ".json");
}

}  // namespace

const Face lambda_face{"lambda", "/api/v1", &reply_to, &recording_of};

}  // namespace tally::simcloud
