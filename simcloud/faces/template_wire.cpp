#include "simcloud/faces/template_wire.hpp"

#include <algorithm>
#include <boost/algorithm/hex.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "runtime/number.hpp"
#include "simcloud/body.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::template_api {
namespace json = boost::json;
namespace {

constexpr std::size_t usual_limit = 50;
constexpr std::size_t largest_limit = 200;
constexpr RowFields row_fields{R"("status":17,"vcpus":"many",)", R"("vcpus":)", R"("storage_gib":)"};

std::optional<std::size_t> read_limit(const Asked& asked) {
  const auto at = asked.query.find("limit");
  if (at == asked.query.end()) return usual_limit;
  const auto limit = parse_number<std::size_t>(at->second);
  return limit >= 1U && limit <= largest_limit ? limit : std::nullopt;
}

/// The row to go on behind; "" from the first on.
std::optional<std::string> read_cursor(const Asked& asked) {
  std::string last;
  const auto at = asked.query.find("cursor");
  if (at == asked.query.end()) return last;
  try {
    boost::algorithm::unhex(at->second, std::back_inserter(last));
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  return last;
}

const char* status_of(MachineStatus status) {
  switch (status) {
    case MachineStatus::booting: return "pending";
    case MachineStatus::active:
    case MachineStatus::unhealthy: return "running";
    case MachineStatus::stopping: return "stopping";
    case MachineStatus::stopped: return "stopped";
    case MachineStatus::terminating: return "terminating";
    case MachineStatus::terminated: return "terminated";
    case MachineStatus::failed: return "failed";
  }
  return "";
}

json::object tags_of(const Machine& machine) {
  json::object tags;
  if (!machine.owner.empty() && !machine.is_labelled) {
    tags["tallyd-ref-id"] = machine.ref_id;
    tags["tallyd-cloud-cred-ref-id"] = machine.owner;
  }
  for (const auto& [key, value] : machine.order.tags) tags[key] = value;
  return tags;
}

}  // namespace

Reply page(const Call& call, std::string_view field, const Rows& rows) {
  const auto limit = read_limit(call.asked);
  if (!limit) return error(400, "invalid_request", "must be a whole number from 1 to 200", "limit");
  const auto cursor = read_cursor(call.asked);
  if (!cursor) return error(400, "invalid_request", "is not the \"next\" of an earlier page", "cursor");
  std::string list;
  std::vector<Fault> faults = call.faults;
  auto at = cursor->empty() ? rows.begin() : rows.upper_bound(*cursor);
  std::string last;
  for (std::size_t count = 0; count < *limit && at != rows.end(); ++count, ++at) {
    append_row(list, "", json::serialize(at->second), row_fields, faults);
    last = at->first;
  }
  json::value next;
  if (at != rows.end()) next = boost::algorithm::hex_lower(last);
  Reply reply = list_reply(field, '[', ']', list, faults);
  reply.body.pop_back();
  reply.body += ",\"next\":" + json::serialize(next) + "}";
  return reply;
}

Reply error(int status, const char* code, const char* message, const char* field) {
  json::object what{{"code", code}, {"message", message}};
  if (field != nullptr) what["field"] = field;
  return json_reply(json::object{{"error", what}}, status);
}

Reply no_instance() { return error(404, "instance_not_found", "there is no such instance in this region"); }

Reply no_region() { return error(404, "region_not_found", "there is no such region"); }

json::object image_row(const Image& image) {
  return {{"id", image.id},
          {"name", image.name},
          {"architecture", architecture(image.is_arm)},
          {"created_at", "2026-01-01T00:00:00Z"},
          {"is_default", image.is_default}};
}

json::object type_row(const Shape& shape, bool is_available) {
  json::object gpu{{"model", shape.gpu.model},
                   {"count", shape.gpus},
                   {"memory_gb", shape.gpu.memory_gb},
                   {"interconnect", nullptr},
                   {"vendor", "NVIDIA"}};
  if (!shape.gpu.interconnect.empty()) gpu["interconnect"] = shape.gpu.interconnect;
  const json::object on_demand{{"class", "on-demand"}, {"hourly", dollars(shape.price_cents)}, {"currency", "USD"}};
  const json::object spot{{"class", "spot"}, {"hourly", dollars(spot_cents(shape))}, {"currency", "USD"}};
  return {{"name", shape.name},
          {"vcpus", shape.vcpus},
          {"memory_gib", shape.memory_gib},
          {"storage_gib", shape.storage_gib},
          {"architecture", architecture(shape.is_arm)},
          {"gpus", json::array{gpu}},
          {"prices", json::array{on_demand, spot}},
          {"available", is_available},
          {"can_stop", true},
          {"can_reboot", true}};
}

json::object machine_row(const World& world, const Machine& machine) {
  const Order& order = machine.order;
  const Shape& shape = world.sale()[order.shape].shape;
  json::object row{{"id", machine.id},
                   {"name", order.name.empty() ? "vm-" + machine.id.substr(0, 4) : order.name},
                   {"region", world.regions()[order.region].name},
                   {"type", shape.name},
                   {"status", status_of(machine.status)},
                   {"status_message", nullptr},
                   {"created_at", to_iso8601(machine.created_at)},
                   {"public_ip", nullptr},
                   {"private_ip", nullptr},
                   {"ssh_user", "ubuntu"},
                   {"ssh_port", world.ssh_port()},
                   {"image", order.image.empty() ? find_image("", shape.is_arm).value_or("") : order.image},
                   {"disk_gib", order.disk_gib},
                   {"tags", tags_of(machine)},
                   {"spot", order.is_spot},
                   {"hourly_price", dollars(order.is_spot ? spot_cents(shape) : shape.price_cents)},
                   {"currency", "USD"}};
  if (machine.status == MachineStatus::unhealthy) row["status_message"] = "it does not answer the health check";
  if (machine.status == MachineStatus::failed) {
    row["status_message"] = machine.is_without_resources ? "out_of_stock" : "it could not be started";
  }
  if (!machine.address.empty()) {
    row["public_ip"] = machine.address;
    row["private_ip"] = "10.0.0.1";
  }
  return row;
}

json::object rule_row(const FirewallRule& rule) {
  return {{"id", rule.id},
          {"direction", rule.is_egress ? "egress" : "ingress"},
          {"from_port", rule.from_port},
          {"to_port", rule.to_port},
          {"range", rule.range}};
}

std::optional<FirewallRule> read_rule(const json::object& given) {
  FirewallRule rule;
  const std::string direction = text_at(given, "direction");
  rule.is_egress = direction == "egress";
  rule.from_port = number_at(given, "from_port").value_or(0);
  rule.to_port = number_at(given, "to_port").value_or(0);
  rule.range = text_at(given, "range");
  const bool is_known = rule.is_egress || direction == "ingress";
  const bool has_ports = rule.from_port >= 1 && rule.from_port <= rule.to_port && rule.to_port <= 65'535;
  if (!is_known || !has_ports || rule.range.empty()) return std::nullopt;
  return rule;
}

std::optional<std::map<std::string, std::string>> read_tags(const json::object& body) {
  std::map<std::string, std::string> tags;
  const json::value* given = body.if_contains("tags");
  if (given == nullptr) return tags;
  if (!given->is_object()) return std::nullopt;
  for (const auto& [key, value] : given->get_object()) {
    if (!value.is_string()) return std::nullopt;
    tags.emplace(key, value.get_string());
  }
  return tags;
}

std::optional<std::string> find_image(const std::string& id, bool is_arm) {
  const auto image = std::find_if(images().begin(), images().end(), [&](const Image& known) {
    return known.is_arm == is_arm && (id.empty() ? known.is_default : known.id == id);
  });
  if (image == images().end()) return std::nullopt;
  return image->id;
}

}  // namespace tally::simcloud::template_api
