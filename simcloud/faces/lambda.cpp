// The world as Lambda's Cloud API shows and changes it (its wire shapes, version 1.10.0).
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/lambda_belongings.hpp"
#include "simcloud/faces/lambda_wire.hpp"
#include "simcloud/recorded.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::lambda_api {
namespace json = boost::json;
namespace {

constexpr RowFields row_fields{R"("status":17,"instance_type":17,)", R"("vcpus":)", R"("price_cents_per_hour":)"};
constexpr const char* no_instance = "Specified instance does not exist.";

Reply list_types(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const SaleItem& item : call.world.sale()) {
    if (!item.is_listed) continue;
    json::array regions;
    for (const std::size_t region : item.regions_with_capacity) regions.push_back(region_of(call.world, region));
    const json::object entry{{"instance_type", type_of(item.shape)}, {"regions_with_capacity_available", regions}};
    append_row(rows, "\"" + item.shape.name + "\":", json::serialize(entry), row_fields, faults);
  }
  return list_reply("data", '{', '}', rows, faults);
}

Reply list_regions(Call& call) {
  std::string rows;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    if (!call.world.is_region_listed(region)) continue;
    if (!rows.empty()) rows += ',';
    rows += json::serialize(region_of(call.world, region));
  }
  return list_reply("data", '[', ']', rows, call.faults);
}

Reply list_images(Call& call) {
  json::array rows;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    for (const Image& image : images()) {
      rows.push_back({{"id", image.id},
                      {"created_time", "2026-01-01T00:00:00+00:00"},
                      {"updated_time", "2026-01-01T00:00:00+00:00"},
                      {"name", image.family},
                      {"description", image.name},
                      {"family", image.family},
                      {"version", "1.0.0"},
                      {"architecture", architecture(image.is_arm)},
                      {"region", region_of(call.world, region)}});
    }
  }
  return data(rows);
}

Reply list_instances(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const auto& [id, machine] : call.world.machines()) {
    if (!call.is_listed(machine)) continue;
    append_row(rows, "", json::serialize(machine_of(call.world, machine)), row_fields, faults);
  }
  return list_reply("data", '[', ']', rows, faults);
}

Reply show_instance(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  return machine == nullptr ? not_found(no_instance) : data(machine_of(call.world, *machine));
}

Reply rename_instance(Call& call) {
  Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr) return not_found(no_instance);
  machine->order.name = text_at(call.body, "name");
  machine->owner.clear();  // the name carried it
  return data(machine_of(call.world, *machine));
}

/// What of a launch request is wrong, or nothing and the order filled.
std::optional<Reply> read_launch(Call& call, Order& order) {
  const json::object& body = call.body;
  const std::string region_name = text_at(body, "region_name");
  const auto region = call.world.market().find_region(region_name);
  if (!region) return invalid("region_name", "Region " + region_name + " does not exist");
  const std::string type = text_at(body, "instance_type_name");
  const auto shape = call.world.market().find_shape(type);
  if (!shape) return invalid("instance_type_name", "Instance type " + type + " does not exist");
  order.region = *region;
  order.shape = *shape;

  const json::array keys = list_at(body, "ssh_key_names");
  if (keys.size() != 1 || !keys[0].is_string()) return invalid("ssh_key_names", "Exactly one SSH key is required");
  const auto& known = call.world.belongings().keys;
  const auto key = find_by_name(known, std::string(keys[0].get_string()));
  if (key == known.end()) return not_found("SSH key " + std::string(keys[0].get_string()) + " was not found.");
  order.key = key->first;

  for (const json::value& name : list_at(body, "file_system_names")) {
    const auto& disks = call.world.belongings().disks;
    const auto disk = find_by_name(disks, name.is_string() ? std::string(name.get_string()) : "");
    if (disk == disks.end()) return not_found("Filesystem was not found.");
    if (disk->second.region != region_name) {
      return error(400, "instance-operations/launch/file-system-in-wrong-region",
                   "The requested filesystem is not in the launch region.");
    }
    order.disks.push_back(disk->first);
  }
  for (const json::value& given : list_at(body, "firewall_rulesets")) {
    const std::string id = given.is_object() ? text_at(given.get_object(), "id") : "";
    const auto ruleset = call.world.belongings().firewalls.find(id);
    if (ruleset == call.world.belongings().firewalls.end()) return not_found("Firewall ruleset was not found.");
    if (ruleset->second.region != region_name) {
      return invalid("firewall_rulesets", "The firewall ruleset is not in the launch region");
    }
    order.firewalls.push_back(id);
  }
  return std::nullopt;
}

/// As read_launch, for what a launch may go without.
std::optional<Reply> read_extras(const json::object& body, bool is_arm, Order& order) {
  order.name = text_at(body, "name");
  if (order.name.size() > 64) return invalid("name", "Name has at most 64 characters");
  order.user_data = text_at(body, "user_data");
  if (order.user_data.size() > 1'000'000) return invalid("user_data", "User data has at most 1 MB");
  for (const json::value& given : list_at(body, "tags")) {
    const json::object tag = given.is_object() ? given.get_object() : json::object();
    const std::string key = text_at(tag, "key");
    const bool is_fit = key.size() >= 2 && key.size() <= 55 && key[0] >= 'a' && key[0] <= 'z' &&
                        key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-:") == std::string::npos;
    if (!is_fit || text_at(tag, "value").size() > 128) return invalid("tags", "Invalid tag");
    order.tags[key] = text_at(tag, "value");
  }
  const json::object wanted = object_at(body, "image");
  const std::string id = text_at(wanted, "id");
  const std::string family = text_at(wanted, "family");
  const auto image = std::find_if(images().begin(), images().end(), [&](const Image& known) {
    if (known.is_arm != is_arm) return false;
    return wanted.empty() ? known.is_default : known.id == id || known.family == family;
  });
  if (image == images().end()) {
    return error(400, "global/object-does-not-exist", "Specified image does not exist.");
  }
  order.image = image->id;
  return std::nullopt;
}

Reply launch(Call& call) {
  Order order;
  if (auto refusal = read_launch(call, order)) return *refusal;
  if (auto refusal = read_extras(call.body, call.world.sale()[order.shape].shape.is_arm, order)) return *refusal;
  const Done<Machine*> machine = call.world.launch(order);
  if (machine) {
    json::array ids{(*machine)->id};
    if (!(*machine)->twin.empty()) ids.emplace_back((*machine)->twin);
    return data(json::object{{"instance_ids", ids}});
  }
  if (machine.error() == Denial::out_of_quota) return error(400, "global/quota-exceeded", "Quota exceeded.");
  return error(400, "instance-operations/launch/insufficient-capacity",
               "Not enough capacity to fulfill launch request.");
}

/// Does something to each instance of `instance_ids`, all of which must exist.
Reply operate(Call& call, const char* answered_as, Done<> (World::*operation)(const std::string&)) {
  json::array machines;
  const json::array ids = list_at(call.body, "instance_ids");
  if (ids.empty()) return invalid("instance_ids", "At least one instance is required");
  for (const json::value& id : ids) {
    if (!id.is_string()) return invalid("instance_ids", "An instance ID is a string");
    const Machine* machine = call.world.find_seen(std::string(id.get_string()));
    if (machine == nullptr || machine->status == MachineStatus::terminated) return not_found(no_instance);
  }
  for (const json::value& given : ids) {
    const std::string id(given.get_string());
    if (!(call.world.*operation)(id)) {
      return error(409, "global/conflict", "The request conflicts with the current state of the resource.");
    }
    machines.push_back(machine_of(call.world, *call.world.find_seen(id)));
  }
  json::object answered;
  answered[answered_as] = machines;
  return data(answered);
}

Reply terminate(Call& call) { return operate(call, "terminated_instances", &World::terminate); }
Reply restart(Call& call) { return operate(call, "restarted_instances", &World::reboot); }

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized:
      return error(401, "global/invalid-api-key", "API key was invalid, expired, or deleted.");
    case Refusal::no_such_path: return error(404, "global/not-found", "The requested resource was not found.");
    case Refusal::wrong_method: return error(405, "global/invalid-parameters", "Method not allowed.");
    case Refusal::bad_body: return error(400, "global/invalid-parameters", "Invalid request data.");
  }
  return {};
}

std::filesystem::path recording_of(const std::filesystem::path& folder, const std::string& path) {
  const std::string instance = "/instances/";
  if (path.starts_with(instance)) return file_with(folder, "instance_get_", '"' + path.substr(instance.size()) + '"');
  return folder / (path.substr(1) + ".json");
}

std::vector<Route> routes() {
  const std::vector<Route> more = {
      {"GET", "/instance-types", "list-types", &list_types},
      {"GET", "/regions", "list-regions", &list_regions},
      {"GET", "/images", "list-images", &list_images},
      {"GET", "/instances", "list-instances", &list_instances},
      {"GET", "/instances/{id}", "show-instance", &show_instance},
      {"POST", "/instances/{id}", "rename", &rename_instance},
      {"POST", "/instance-operations/launch", "launch", &launch},
      {"POST", "/instance-operations/terminate", "terminate", &terminate},
      {"POST", "/instance-operations/restart", "restart", &restart},
  };
  return joined(belongings_routes(), more);
}

}  // namespace
}  // namespace tally::simcloud::lambda_api

namespace tally::simcloud {

const Face& lambda_face() {
  using namespace lambda_api;
  static const Face face{"lambda", "/api/v1", routes(), &has_bearer, &refuse, &recording_of};
  return face;
}

}  // namespace tally::simcloud
