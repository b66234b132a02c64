#include "providers/sfcompute/nodes.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "cloud/credential.hpp"
#include "cloud/limits.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/instance_list.hpp"
#include "runtime/ascii.hpp"

namespace tally::sfcompute {
namespace {

constexpr std::size_t vms_per_node = 256;
constexpr auto node_disk = Bytes::of(1500, ByteUnit::gigabyte);  // of every node, says the vendor's own client

std::optional<LifecycleStatus> node_status_of(std::string_view word) {
  using enum LifecycleStatus;
  constexpr std::array<std::pair<std::string_view, LifecycleStatus>, 13> words = {{{"pending", pending},
                                                                                   {"unspecified", pending},
                                                                                   {"awaitingcapacity", pending},
                                                                                   {"unknown", pending},
                                                                                   {"running", running},
                                                                                   {"stopped", stopped},
                                                                                   {"terminating", terminating},
                                                                                   {"released", terminated},
                                                                                   {"destroyed", terminated},
                                                                                   {"deleted", terminated},
                                                                                   {"terminated", terminated},
                                                                                   {"failed", failed},
                                                                                   {"nodefailure", failed}}};
  for (const auto& [name, status] : words) {
    if (name == word) return status;
  }
  return std::nullopt;
}

/// "{credential}_{stage}_{RefID}_{name}", once "{RefID}_{name}", which does not say whose it is. Any other is foreign.
void read_name(const std::string& name, Instance& instance) {
  instance.name = name;
  const std::size_t first = name.find('_');
  const std::size_t second = first == std::string::npos ? first : name.find('_', first + 1);
  const std::size_t third = second == std::string::npos ? second : name.find('_', second + 1);
  if (third != std::string::npos && is_credential_ref(name.substr(0, first))) {
    instance.cloud_cred_ref_id = CredentialRef(name.substr(0, first));
    instance.ref_id = RefId(name.substr(second + 1, third - second - 1));
    instance.name = name.substr(third + 1);
  } else if (first != std::string::npos && second == std::string::npos) {
    instance.ref_id = RefId(name.substr(0, first));
    instance.name = name.substr(first + 1);
  }
}

/// A node that is released may still show a running VM: the node's word goes first.
void read_vm(const json::Fields& fields, Machine& machine) {
  const auto list = fields.object("vms");
  if (!list) return;
  for (const json::Fields& vm : list->objects("data", vms_per_node)) {
    if (ascii::lower(vm.text("status")) != "running") continue;
    const bool may_run = machine.instance.status.value_or(LifecycleStatus::running) == LifecycleStatus::running;
    if (may_run) machine.ssh_key = vm.text("id", limits::id);
    machine.instance.image_id = vm.text("image_id", limits::id);
    return;
  }
}

/// With the network of its zone: "h100.ib".
std::string read_node_type(const json::Fields& fields, const std::string& zone_name, const Zones& zones) {
  std::string type = ascii::lower(fields.text("gpu_type", limits::id));
  const auto zone = zones.all.find(zone_name);
  const bool is_known = zone != zones.all.end();
  const bool is_of_now = is_known && zone->second.is_of_now;
  const bool is_unread = !zones.is_whole && !is_of_now && !zone_name.empty();
  if (is_unread) fields.report("zone", "cannot be read in the list of zones");
  if (is_unread && !is_known) return "";  // not half of its name: a machine's first type stays for good
  return !type.empty() && is_known && zone->second.has_infiniband ? type + ".ib" : type;
}

Machine read_node_row(const json::Fields& fields, const Zones& zones, Timestamp now) {
  Machine machine;
  Instance& instance = machine.instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "sfcompute";
  read_name(fields.text("name"), instance);
  instance.provider_status = fields.required_text("status", limits::text);
  instance.status = node_status_of(ascii::lower(instance.provider_status));
  instance.location = fields.text("zone", limits::id);
  instance.type = read_node_type(fields, instance.location, zones);
  if (!instance.type.empty() && !instance.location.empty()) {
    instance.instance_type_id = make_instance_type_id(instance);
  }
  instance.ssh_user = "ubuntu";
  instance.disk_size = node_disk;
  instance.is_stoppable = false;
  instance.is_rebootable = false;
  const auto seconds = fields.integer("created_at");
  const std::int64_t latest = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() + 300;
  if (seconds && *seconds <= latest) instance.created_at = Timestamp(std::chrono::seconds(*seconds));
  machine.updated_at = fields.integer("updated_at").value_or(0);
  read_vm(fields, machine);
  return machine;
}

void add_known(const Zones& known, Zones& zones) {
  for (const auto& [name, zone] : known.all) {
    if (zones.all.size() >= limits::locations_per_account) break;
    zones.all.try_emplace(name, Zone{zone.has_infiniband, false});
  }
}

}  // namespace

Result<Zones> read_zones(std::string_view body, const Zones& known, WorkLimit limit) {
  const auto rows = json::split_rows(body, "data", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  Zones zones;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    std::string name;
    std::string network;
    if (reader.parse(row.text) == json::RowReader::Kind::good) {
      name = reader.fields().text("name", limits::id);
      network = reader.fields().text("interconnect_type");
    }
    if (name.empty() || network.empty()) {
      zones.is_whole = false;
    } else {
      zones.all[name] = Zone{network == "Infiniband", true};
    }
  }
  if (!zones.is_whole) add_known(known, zones);
  return zones;
}

Zones zones_of_before(const Zones& known) {
  Zones zones;
  zones.is_whole = false;
  add_known(known, zones);
  return zones;
}

Result<Machines> read_nodes(std::string_view body, const Zones& zones, Timestamp now, const Redactor& redactor,
                            WorkLimit limit) {
  const auto rows = json::split_rows(body, "data", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  Machines machines;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const auto kind = reader.parse(row.text);
    if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("a node is not JSON"));
    Machine machine;
    if (kind == json::RowReader::Kind::good) machine = read_node_row(reader.fields(), zones, now);
    machine.findings = reader.findings();
    if (machine.findings.fault.empty()) {
      machines.all.push_back(std::make_shared<const Machine>(std::move(machine)));
      continue;
    }
    json::reject(machines.rejected, machine.instance.cloud_id.str(), machine.findings.fault, row.text, redactor);
  }
  return machines;
}

Result<Machine> read_node(std::string_view body, const Zones& zones, const CloudId& asked, Timestamp now) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader row;
  if (row.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the node is " + row.findings().fault));
  }
  Machine machine = read_node_row(row.fields(), zones, now);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  if (const Result<> is_its = check_asked(machine.instance.cloud_id, asked); !is_its) {
    return tl::unexpected(is_its.error());
  }
  return machine;
}

std::string to_cache(const Machines& nodes) {
  boost::json::array ids;
  for (const auto& node : nodes.all) {
    if (!node->is_over()) ids.emplace_back(node->instance.cloud_id.str());
  }
  for (const Rejected& row : nodes.rejected) {
    if (!row.id.empty()) ids.emplace_back(row.id);
  }
  return boost::json::serialize(ids);
}

std::vector<Rejected> unlisted_nodes(const std::string& cached) {
  std::vector<Rejected> rows;
  boost::system::error_code failure;
  const boost::json::value ids = boost::json::parse(cached, failure);
  if (failure || !ids.is_array()) return rows;
  for (const boost::json::value& id : ids.get_array()) {
    const auto* text = id.if_string();
    const bool is_one = text != nullptr && is_node(CloudId(std::string(*text)));
    if (is_one) {
      rows.push_back({std::string(*text), "a node of the old API is not listed without the option legacy_nodes", ""});
    }
  }
  return rows;
}

bool is_node(const CloudId& id) { return id.str().starts_with("n_"); }

}  // namespace tally::sfcompute
