// The world as FluidStack's two APIs show and change it (v1alpha1): the Management API, which knows the regions, and an
// Infrastructure API a region, each below /regions/{region} here.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "runtime/ascii.hpp"
#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::fluidstack_api {
namespace json = boost::json;
namespace {

constexpr RowFields row_fields{R"("state":17,"type":17,)", R"("cpu":)", R"("name":")"};
constexpr std::string_view base = "/api/v1alpha1";
constexpr std::string_view image_scheme = "image://";
constexpr const char* project = "123e4567-e89b-12d3-a456-426614174003";
constexpr int free_nodes = 4;  // of a type that is in stock

Reply error(int status, const std::string& message) { return json_reply(json::object{{"message", message}}, status); }

Reply no_instance() { return error(404, "instance not found"); }

Reply list_regions(Call& call) {
  json::array rows;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    if (!call.world.is_region_listed(region)) continue;
    const std::string& name = call.world.regions()[region].name;
    rows.push_back(
        {{"name", name}, {"url", fmt::format("http://{}{}/regions/{}", call.asked.header("host"), base, name)}});
  }
  return json_reply(rows);
}

/// "ubuntu22.04"
std::string image_name(const Image& image) {
  std::string name = image.family;
  std::replace(name.begin(), name.end(), '-', '.');
  return name.replace(name.find('.'), 1, "");
}

/// "H100_SXM5_80GB"
std::string gpu_model(const Gpu& gpu) {
  std::string name = gpu.model;
  if (!gpu.interconnect.empty()) name += "_" + gpu.interconnect;
  return ascii::upper(name) + fmt::format("_{}GB", gpu.memory_gb);
}

const char* state_of(const Machine& machine) {
  switch (machine.status) {
    case MachineStatus::booting: return machine.boots > 0 ? "starting" : "creating";
    case MachineStatus::active:
    case MachineStatus::unhealthy: return "running";
    case MachineStatus::stopping: return "stopping";
    case MachineStatus::stopped: return "stopped";
    case MachineStatus::terminating:
    case MachineStatus::terminated: return "deleting";
    case MachineStatus::failed: return machine.is_without_resources ? "out-of-stock" : "error";
  }
  return "";
}

json::object machine_of(const World& world, const Machine& machine) {
  const Order& order = machine.order;
  json::object tags;
  if (!machine.owner.empty()) tags = {{"refID", machine.ref_id}, {"cloudCredRefID", machine.owner}};
  for (const auto& [key, value] : order.tags) tags[key] = value;
  json::object row{{"id", machine.id},
                   {"name", order.name.empty() ? "vm-" + machine.id.substr(0, 4) : order.name},
                   {"type", world.sale()[order.shape].shape.name},
                   {"ip", nullptr},
                   {"state", state_of(machine)},
                   {"image", order.image.empty() ? image_name(images().front()) : order.image},
                   {"preemptible", order.is_spot},
                   {"ephemeral", false},
                   {"tags", tags}};
  if (!machine.address.empty()) row["ip"] = machine.address;
  return row;
}

/// With what only the Infrastructure API says.
json::object whole_machine_of(const World& world, const Machine& machine) {
  json::object row = machine_of(world, machine);
  row["userData"] = machine.order.user_data.empty() ? json::value() : json::value(machine.order.user_data);
  row["filesystems"] = json::array();
  return row;
}

/// Those that are over vanish.
bool is_listed(const Call& call, const Machine& machine) {
  return call.is_listed(machine) && machine.status != MachineStatus::terminated;
}

Reply list_all_instances(Call& call) {
  json::array rows;
  for (const auto& [id, machine] : call.world.machines()) {
    if (!is_listed(call, machine)) continue;
    json::object row = machine_of(call.world, machine);
    row["project_id"] = project;
    row["region"] = call.world.regions()[machine.order.region].name;
    row["health"] = "healthy";
    rows.push_back(row);
  }
  return json_reply(rows);
}

/// What is wrong with how a region is asked, or nothing and its index.
std::optional<Reply> find_region(Call& call, std::size_t& region) {
  const auto known = call.world.market().find_region(call.names[0]);
  if (!known) return error(404, "Not found");
  region = *known;
  return std::nullopt;
}

/// As find_region, where a project must be named.
std::optional<Reply> find_project_region(Call& call, std::size_t& region) {
  const std::string named = call.asked.header("x-project-id");
  if (named.empty()) return error(400, "X-PROJECT-ID header is required");
  if (named != project) return error(404, "project not found");
  return find_region(call, region);
}

Reply list_projects(Call&) {
  return json_reply(
      json::array{json::object{{"id", project}, {"name", "project-1"}, {"state", "active"}, {"tags", json::object()}}});
}

Reply list_capabilities(Call&) {
  json::array words;
  for (const char* word : {"list", "read", "create", "delete", "start", "stop"}) {
    words.emplace_back(std::string("instances:") + word);
  }
  return json_reply(words);
}

Reply list_types(Call& call) {
  std::size_t region = 0;
  if (auto refusal = find_region(call, region)) return *refusal;
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const SaleItem& item : call.world.sale()) {
    if (!item.is_listed) continue;
    const json::object row{{"name", item.shape.name},
                           {"cpu", item.shape.vcpus},
                           {"memory", fmt::format("{}Gi", item.shape.memory_gib)},
                           {"gpuModel", gpu_model(item.shape.gpu)},
                           {"gpuCount", item.shape.gpus}};
    append_row(rows, "", json::serialize(row), row_fields, faults);
  }
  return list_reply("", '[', ']', rows, faults);
}

Reply list_capacity(Call& call) {
  std::size_t region = 0;
  if (auto refusal = find_project_region(call, region)) return *refusal;
  json::array rows;
  for (std::size_t shape = 0; shape < call.world.sale().size(); ++shape) {
    const int left = call.world.market().is_in_stock(shape, region) ? free_nodes : 0;
    rows.push_back({{"name", call.world.sale()[shape].shape.name}, {"capacity", left}});
  }
  return json_reply(rows);
}

Reply list_instances(Call& call) {
  std::size_t region = 0;
  if (auto refusal = find_project_region(call, region)) return *refusal;
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const auto& [id, machine] : call.world.machines()) {
    if (machine.order.region != region || !is_listed(call, machine)) continue;
    append_row(rows, "", json::serialize(whole_machine_of(call.world, machine)), row_fields, faults);
  }
  return list_reply("", '[', ']', rows, faults);
}

/// The machine that the path names, in its region.
Machine* machine_in(Call& call, std::size_t region) {
  Machine* machine = call.world.find_seen(call.names[1]);
  const bool is_there =
      machine != nullptr && machine->order.region == region && machine->status != MachineStatus::terminated;
  return is_there ? machine : nullptr;
}

Reply show_instance(Call& call) {
  std::size_t region = 0;
  if (auto refusal = find_project_region(call, region)) return *refusal;
  const Machine* machine = machine_in(call, region);
  return machine == nullptr ? no_instance() : json_reply(whole_machine_of(call.world, *machine));
}

bool is_tag_name(const std::string& name) {
  return !name.empty() && name.size() <= 63 && ascii::is_letter_or_digit(name.front()) &&
         ascii::is_letter_or_digit(name.back()) && std::all_of(name.begin(), name.end(), [](char c) {
           return ascii::is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  order.name = text_at(body, "name");
  if (order.name.empty()) return error(400, "name is required");
  const auto shape = call.world.market().find_shape(text_at(body, "type"));
  if (!shape) return error(400, "unknown instance type");
  order.shape = *shape;
  std::string wanted = body.contains("image") ? text_at(body, "image") : "image://ubuntu22.04";
  if (!wanted.starts_with(image_scheme)) return error(400, "image must begin with image://");
  wanted.erase(0, image_scheme.size());
  const bool is_known = std::any_of(images().begin(), images().end(),
                                    [&wanted](const Image& image) { return image_name(image) == wanted; });
  if (!is_known) return error(400, "image " + wanted + " not found");
  order.image = wanted;
  for (const auto& [name, value] : object_at(body, "tags")) {
    if (!is_tag_name(name) || !value.is_string()) return error(400, "invalid tag");
    order.tags.emplace(name, value.get_string());
  }
  order.user_data = text_at(body, "userData");
  order.is_spot = flag_at(body, "preemptible");
  return std::nullopt;
}

Reply create(Call& call) {
  Order order;
  if (auto refusal = find_project_region(call, order.region)) return *refusal;
  if (auto refusal = read_order(call, order)) return *refusal;
  const Done<Machine*> machine = call.world.launch(order);
  if (machine) return json_reply(whole_machine_of(call.world, **machine), 201);
  if (machine.error() == Denial::out_of_quota) return error(403, "GPU quota exceeded for this project");
  return error(409, "instance type " + text_at(call.body, "type") + " is out of stock");
}

Reply remove(Call& call) {
  std::size_t region = 0;
  if (auto refusal = find_project_region(call, region)) return *refusal;
  const Machine* machine = machine_in(call, region);
  if (machine == nullptr) return no_instance();
  if (machine->is_over()) return error(409, "instance is being deleted");
  return call.world.terminate(machine->id) ? no_body() : no_instance();
}

Reply act(Call& call, Done<> (World::*action)(const std::string&)) {
  std::size_t region = 0;
  if (auto refusal = find_project_region(call, region)) return *refusal;
  const Machine* machine = machine_in(call, region);
  if (machine == nullptr) return no_instance();
  const Done<> done = (call.world.*action)(machine->id);
  return done ? no_body(202) : error(409, fmt::format("instance is {}", state_of(*machine)));
}

Reply stop(Call& call) { return act(call, &World::stop); }
Reply start(Call& call) { return act(call, &World::start); }

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return error(401, "invalid token");
    case Refusal::no_such_path: return error(404, "Not found");
    case Refusal::wrong_method: return error(405, "Method not allowed");
    case Refusal::bad_body: return error(400, "the body is not valid JSON");
  }
  return {};
}

#define REGION "/regions/{region}"

std::vector<Route> routes() {
  return {{"GET", "/regions", "list-regions", &list_regions},
          {"GET", "/instances", "list-all-instances", &list_all_instances},
          {"GET", REGION "/projects", "list-projects", &list_projects},
          {"GET", REGION "/capabilities", "list-capabilities", &list_capabilities},
          {"GET", REGION "/instance-types", "list-types", &list_types},
          {"GET", REGION "/capacity", "list-capacity", &list_capacity},
          {"GET", REGION "/instances", "list-instances", &list_instances},
          {"POST", REGION "/instances", "launch", &create},
          {"GET", REGION "/instances/{id}", "show-instance", &show_instance},
          {"DELETE", REGION "/instances/{id}", "terminate", &remove},
          {"POST", REGION "/instances/{id}/actions/stop", "stop", &stop},
          {"POST", REGION "/instances/{id}/actions/start", "start", &start}};
}

#undef REGION

}  // namespace
}  // namespace tally::simcloud::fluidstack_api

namespace tally::simcloud {

const Face& fluidstack_face() {
  using namespace fluidstack_api;
  static const Face face{"fluidstack", base,    routes(),  &has_bearer,     &refuse,
                         nullptr,      nullptr, "api_key", "management_url"};
  return face;
}

}  // namespace tally::simcloud
