#include "simcloud/faces/launchpad_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "runtime/ascii.hpp"
#include "runtime/number.hpp"
#include "simcloud/body.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::launchpad_api {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 3> clouds = {"oci", "dmz", "nebius"};
constexpr std::size_t usual_page = 50;
constexpr std::size_t largest_page = 200;
constexpr int free_machines = 4;  // of a type that is in stock
constexpr RowFields row_fields{R"("state":17,"cloud":17,)", R"("cpu":)", R"("on_demand_per_hour":)"};

std::optional<std::size_t> number_in(const Asked& asked, const char* name, std::size_t otherwise) {
  const auto at = asked.query.find(name);
  return at == asked.query.end() ? otherwise : parse_number<std::size_t>(at->second);
}

std::string connection_of(const Gpu& gpu) { return gpu.interconnect.starts_with("SXM") ? "sxm" : "pcie"; }

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

json::object tags_of(const Machine& machine) {
  json::object tags;
  if (!machine.owner.empty()) tags = {{"RefID", machine.ref_id}, {"CloudCredRefID", machine.owner}};
  if (!machine.is_ordered) tags["Name"] = "vm-" + machine.id.substr(0, 4);
  for (const auto& [key, value] : machine.order.tags) tags[key] = value;
  return tags;
}

json::object node_of(const World& world, const Machine& machine) {
  const Shape& shape = world.sale()[machine.order.shape].shape;
  return {
      {"id", "node-" + machine.id},
      {"cpu", shape.vcpus},
      {"memory", shape.memory_gib},
      {"gpu_count", shape.gpus},
      {"gpu", {{"model", shape.gpu.model}, {"memory", shape.gpu.memory_gb}, {"form_factor", connection_of(shape.gpu)}}},
      {"storage", json::array{json::object{{"size", shape.storage_gib}, {"type", "nvme"}}}},
      {"system_arch", shape.is_arm ? "arm64" : "amd64"},
      {"location",
       {{"name", world.regions()[machine.order.region].name},
        {"region", world.regions()[machine.order.region].name},
        {"provider", {{"name", cloud_of(machine.order.shape)}}}}}};
}

}  // namespace

Reply detail(int status, const std::string& text) { return json_reply(json::object{{"detail", text}}, status); }

Reply wrong_field(const std::string& field, const std::string& why) {
  json::object body;
  body[field] = json::array{why};
  return json_reply(body, 400);
}

Reply page(const Call& call, const std::vector<json::object>& rows) {
  const auto number = number_in(call.asked, "page", 1);
  const auto wanted = number_in(call.asked, "page_size", usual_page);
  const std::size_t size = std::clamp<std::size_t>(wanted.value_or(usual_page), 1, largest_page);
  const std::size_t first = (number.value_or(1) - 1) * size;
  const bool is_past_end = !number || *number == 0 || (*number > 1 && first >= rows.size());
  if (is_past_end) return detail(404, "Invalid page.");
  std::string list;
  std::vector<Fault> faults = call.faults;
  const std::size_t end = std::min(rows.size(), first + size);
  for (std::size_t at = first; at < end; ++at) append_row(list, "", json::serialize(rows[at]), row_fields, faults);
  const auto url = [&call, size](std::size_t page) {
    return json::value(
        fmt::format("http://{}{}?page={}&page_size={}", call.asked.header("host"), call.asked.path, page, size));
  };
  const json::value next = end < rows.size() ? url(*number + 1) : json::value();
  const json::value previous = *number > 1 ? url(*number - 1) : json::value();
  Reply reply = list_reply("results", '[', ']', list, faults);
  reply.body.pop_back();
  reply.body += fmt::format(R"(,"count":{},"next":{},"previous":{}}})", rows.size(), json::serialize(next),
                            json::serialize(previous));
  return reply;
}

std::string cloud_of(std::size_t shape) { return std::string(clouds.at(shape % clouds.size())); }

std::string workshop_of(const Shape& shape) {
  const std::size_t variant = shape.name.find("_v");
  return variant == std::string::npos ? "" : "workshop-" + shape.name.substr(variant + 2);
}

std::optional<std::size_t> find_shape(const World& world, const std::string& cloud, const std::string& gpu, int gpus,
                                      const std::string& workshop) {
  for (std::size_t at = 0; at < world.sale().size(); ++at) {
    const Shape& shape = world.sale()[at].shape;
    const bool is_it = cloud_of(at) == cloud && ascii::lower(shape.gpu.model) == gpu && shape.gpus == gpus &&
                       workshop_of(shape) == workshop;
    if (is_it) return at;
  }
  return std::nullopt;
}

json::object type_of(const World& world, std::size_t at) {
  const SaleItem& item = world.sale()[at];
  const Shape& shape = item.shape;
  json::object capacity;
  json::array regions;
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    if (!world.is_region_listed(region)) continue;
    const std::string& name = world.regions()[region].name;
    const bool is_in_stock = item.regions_with_capacity.contains(region);
    capacity[name] = is_in_stock ? free_machines : 0;
    if (is_in_stock) regions.emplace_back(name);
  }
  return {{"capacity", capacity},
          {"cloud", cloud_of(at)},
          {"cpu", shape.vcpus},
          {"gpu",
           {{"count", shape.gpus},
            {"family", shape.gpu.model},
            {"interconnection_type", connection_of(shape.gpu)},
            {"manufacturer", "NVIDIA"},
            {"memory_gb", shape.gpu.memory_gb},
            {"model", shape.gpu.model}}},
          {"memory_gb", shape.memory_gib},
          {"price", {{"currency", "USD"}, {"on_demand_per_hour", static_cast<double>(shape.price_cents) / 100}}},
          {"regions", regions},
          {"storage", json::array{json::object{{"size_gb", shape.storage_gib}, {"type", "nvme"}}}},
          {"system_arch", shape.is_arm ? "arm64" : "amd64"},
          {"workshop_id", workshop_of(shape)}};
}

const char* state_of(const Machine& machine) {
  switch (machine.status) {
    case MachineStatus::booting: return machine.is_ordered && machine.age == 0 ? "waiting" : "starting";
    case MachineStatus::active:
    case MachineStatus::unhealthy: return "ready";
    case MachineStatus::stopping: return "stopping";
    case MachineStatus::stopped: return "stopped";
    case MachineStatus::terminating: return "destroying";
    case MachineStatus::terminated: return "destroyed";
    case MachineStatus::failed: return "error";
  }
  return "";
}

json::object deployment_of(const World& world, const Machine& machine, bool is_expanded) {
  const Order& order = machine.order;
  const Shape& shape = world.sale()[order.shape].shape;
  json::array addresses;
  for (const FirewallRule& rule : order.rules) addresses.emplace_back(rule.range);
  json::object row{{"id", machine.id},
                   {"state", state_of(machine)},
                   {"created", to_iso8601(machine.created_at)},
                   {"modified", to_iso8601(machine.created_at)},
                   {"ssh_user", "nvidia"},
                   {"ssh_port", world.ssh_port()},
                   {"region", world.regions()[order.region].name},
                   {"tags", tags_of(machine)},
                   {"request_id", machine.is_ordered ? order.request_id : machine.ref_id},
                   {"gpu_model", ascii::lower(shape.gpu.model)},
                   {"gpu_count", shape.gpus},
                   {"provider_name", cloud_of(order.shape)},
                   {"workshop_id", text_or_null(workshop_of(shape))},
                   {"ip_allowlist", addresses},
                   {"expires_at", nullptr},
                   {"retry_count", 0},
                   {"cluster", nullptr}};
  const bool has_cluster = !machine.address.empty() || machine.age > 0 || !machine.is_ordered;
  if (!has_cluster) return row;
  row["cluster"] = "cluster-" + machine.id;
  if (!is_expanded) return row;
  row["cluster"] = {{"id", "cluster-" + machine.id},
                    {"public_address", text_or_null(machine.address)},
                    {"workshop_id", text_or_null(workshop_of(shape))},
                    {"nodes", json::array{node_of(world, machine)}}};
  return row;
}

}  // namespace tally::simcloud::launchpad_api
