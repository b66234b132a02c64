// The world as Shadeform's API v1 shows and changes it: the same machines, sold by several clouds through one broker.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "runtime/contains.hpp"
#include "runtime/timestamp.hpp"
#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/shadeform_belongings.hpp"
#include "simcloud/faces/shadeform_wire.hpp"
#include "simcloud/recorded.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::shadeform_api {
namespace json = boost::json;
namespace {

constexpr RowFields row_fields{R"("status":17,"configuration":17,)", R"("vcpus":)", R"("hourly_price":)"};

/// As a query has it.
std::string as_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

/// Whether a type is what the query asks for; what it does not name it takes all of.
bool is_wanted(const Asked& asked, const json::object& type) {
  const json::object& about = type.at("configuration").get_object();
  const auto is = [&asked](const char* name, const json::value& value) {
    const auto at = asked.query.find(name);
    if (at == asked.query.end()) return true;
    return at->second == as_text(value);
  };
  return is("cloud", type.at("cloud")) && is("shade_instance_type", type.at("shade_instance_type")) &&
         is("num_gpus", about.at("num_gpus")) && is("gpu_type", about.at("gpu_type"));
}

/// Leaves of where a type is sold what the query asks for; false when that is nothing.
bool narrow(const Asked& asked, json::object& type) {
  const auto region = asked.query.find("region");
  const auto available = asked.query.find("available");
  if (region == asked.query.end() && available == asked.query.end()) return true;
  json::array left;
  for (const json::value& place : type.at("availability").get_array()) {
    if (region != asked.query.end() && as_text(place.at("region")) != region->second) continue;
    if (available != asked.query.end() && as_text(place.at("available")) != available->second) continue;
    left.push_back(place);
  }
  type["availability"] = left;
  return !left.empty();
}

Reply list_types(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (std::size_t shape = 0; shape < call.world.sale().size(); ++shape) {
    if (!call.world.sale()[shape].is_listed) continue;
    json::object type = type_of(call.world, shape);
    if (!is_wanted(call.asked, type) || !narrow(call.asked, type)) continue;
    append_row(rows, "", json::serialize(type), row_fields, faults);
  }
  return list_reply("instance_types", '[', ']', rows, faults);
}

Reply list_instances(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const auto& [id, machine] : call.world.machines()) {
    if (machine.status == MachineStatus::terminated || !call.is_listed(machine)) continue;
    append_row(rows, "", json::serialize(machine_of(call.world, machine)), row_fields, faults);
  }
  return list_reply("instances", '[', ']', rows, faults);
}

Reply show_instance(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr) return no_instance();
  json::object row = machine_of(call.world, *machine);
  if (machine->is_ordered && !machine->order.key.empty()) row["ssh_key_id"] = machine->order.key;
  return json_reply(row);
}

Reply out_of_stock(const json::object& body) {
  return error(409, "OUT_OF_STOCK",
               fmt::format("The instance type [{}] is not available in the region [{}]",
                           text_at(body, "shade_instance_type"), text_at(body, "region")));
}

std::map<std::string, std::string> read_tags(const json::array& tags) {
  std::map<std::string, std::string> read;
  for (const json::value& tag : tags) {
    if (tag.is_string()) read.emplace(tag.get_string(), "");
  }
  return read;
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  for (const char* field : {"cloud", "region", "shade_instance_type", "name"}) {
    if (text_at(body, field).empty()) return error(400, "INVALID_REQUEST", std::string(field) + " is required");
  }
  if (!body.contains("shade_cloud")) return error(400, "INVALID_REQUEST", "shade_cloud is required");
  const auto region = call.world.market().find_region(text_at(body, "region"));
  const auto shape = find_shape(call.world, text_at(body, "cloud"), text_at(body, "shade_instance_type"));
  if (!region || !shape) return out_of_stock(body);
  order.region = *region;
  order.shape = *shape;
  order.name = text_at(body, "name");
  order.tags = read_tags(list_at(body, "tags"));
  order.image = body.contains("os") ? text_at(body, "os") : std::string(os_options[0]);
  if (!contains(os_options, order.image)) {
    return error(400, "INVALID_REQUEST", "os is not one of the instance type's os_options");
  }
  Belongings& belongings = call.world.belongings();
  order.key = body.contains("ssh_key_id") ? text_at(body, "ssh_key_id") : belongings.default_key;
  if (!order.key.empty() && !belongings.keys.contains(order.key)) return error(404, "NOT_FOUND", "SSH key not found");
  for (const json::value& id : list_at(body, "volume_ids")) {
    order.disks.push_back(id.is_string() ? std::string(id.get_string()) : "");
    if (!belongings.disks.contains(order.disks.back())) return error(404, "NOT_FOUND", "Volume not found");
  }
  const json::object script = object_at(object_at(body, "launch_configuration"), "script_configuration");
  order.user_data = text_at(script, "base64_script");
  return std::nullopt;
}

Reply create(Call& call) {
  Order order;
  if (auto refusal = read_order(call, order)) return *refusal;
  const Done<Machine*> machine = call.world.launch(order);
  if (machine) return json_reply(json::object{{"id", (*machine)->id}, {"cloud_assigned_id", "c-" + (*machine)->id}});
  if (machine.error() == Denial::out_of_stock) return out_of_stock(call.body);
  return error(409, "INSUFFICIENT_FUNDS", "The account balance is too low to launch this instance");
}

Reply update(Call& call) {
  Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr || machine->is_over()) return no_instance();
  if (call.body.contains("name")) machine->order.name = text_at(call.body, "name");
  if (call.body.contains("tags")) machine->order.tags = read_tags(list_at(call.body, "tags"));
  if (call.body.contains("tags")) machine->is_labelled = true;
  return nothing();
}

Reply remove(Call& call) { return call.world.terminate(call.names[0]) ? nothing() : no_instance(); }

Reply restart(Call& call) {
  const Done<> done = call.world.reboot(call.names[0]);
  if (done) return nothing();
  if (done.error() == Denial::no_such_machine) return no_instance();
  return error(409, "CONFLICT", "The instance cannot be restarted in its current state");
}

bool is_allowed(const Asked& asked, const std::string& api_key) { return asked.header("x-api-key") == api_key; }

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return json_reply(json::object{{"message", "Invalid API key"}}, 401);
    case Refusal::no_such_path: return error(404, "NOT_FOUND", "Not found");
    case Refusal::wrong_method: return error(405, "METHOD_NOT_ALLOWED", "Method not allowed");
    case Refusal::bad_body: return error(400, "INVALID_REQUEST", "The body is not valid JSON");
  }
  return {};
}

std::filesystem::path recording_of(const std::filesystem::path& folder, const std::string& path) {
  if (path == "/instances/types") return folder / "instances_types.json";
  if (path == "/instances") return folder / "instances.json";
  const std::string start = "/instances/";
  return file_with(folder, "instance_info_", '"' + path.substr(start.size(), path.rfind('/') - start.size()) + '"');
}

std::vector<Route> routes() {
  const std::vector<Route> more = {
      {"GET", "/instances/types", "list-types", &list_types},
      {"GET", "/instances", "list-instances", &list_instances},
      {"GET", "/instances/{id}/info", "show-instance", &show_instance},
      {"POST", "/instances/create", "launch", &create},
      {"POST", "/instances/{id}/update", "update", &update},
      {"POST", "/instances/{id}/delete", "terminate", &remove},
      {"POST", "/instances/{id}/restart", "restart", &restart},
  };
  return joined(belongings_routes(), more);
}

}  // namespace
}  // namespace tally::simcloud::shadeform_api

namespace tally::simcloud {

const Face& shadeform_face() {
  using namespace shadeform_api;
  static const Face face{"shadeform", "/v1", routes(), &is_allowed, &refuse, &recording_of};
  return face;
}

}  // namespace tally::simcloud
