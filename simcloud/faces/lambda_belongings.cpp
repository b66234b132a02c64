#include "simcloud/faces/lambda_belongings.hpp"

#include <boost/json/array.hpp>
#include <optional>

#include "simcloud/body.hpp"
#include "simcloud/faces/lambda_wire.hpp"

namespace tally::simcloud::lambda_api {
namespace json = boost::json;
namespace {

constexpr std::size_t longest_name = 64;
constexpr const char* no_ruleset = "Firewall ruleset does not exist or you do not have permission to access it.";

json::object key_row(const std::string& id, const Key& key) {
  return {{"id", id}, {"name", key.name}, {"public_key", key.public_key}};
}

Reply list_keys(Call& call) {
  json::array rows;
  for (const auto& [id, key] : call.world.belongings().keys) rows.push_back(key_row(id, key));
  return data(rows);
}

Reply add_key(Call& call) {
  Key key{text_at(call.body, "name"), text_at(call.body, "public_key")};
  if (key.name.empty() || key.name.size() > longest_name) return invalid("name", "SSH key name has 1 to 64 characters");
  const bool is_generated = key.public_key.empty();
  if (is_generated) key.public_key = "ssh-rsa AAAAB3NzaC1yc2E generated-" + call.world.new_id();
  const Done<std::string> id = call.world.add_key(key);
  if (!id) return invalid("name", "SSH key name must be unique");
  json::object row = key_row(*id, key);
  if (is_generated) row["private_key"] = "(private key text, returned once)";
  return data(row);
}

Reply delete_key(Call& call) {
  auto& keys = call.world.belongings().keys;
  if (!keys.contains(call.names[0])) return not_found("SSH key was not found.");
  if (call.world.is_key_in_use(call.names[0])) return error(400, "ssh-keys/key-in-use", "SSH key is in use.");
  keys.erase(call.names[0]);
  return data(json::object{});
}

/// Of a region by its name; what the market has not is no region.
json::value region_named(const World& world, const std::string& name) {
  const std::optional<std::size_t> region = world.market().find_region(name);
  return region ? json::value(region_of(world, *region)) : json::value();
}

json::object disk_row(const World& world, const std::string& id, const Disk& disk) {
  return {{"id", id},
          {"name", disk.name},
          {"mount_point", "/lambda/nfs/" + disk.name},
          {"created", to_iso8601(disk.created_at)},
          {"created_by", {{"id", std::string(32, '0')}, {"email", "me@example.com"}, {"status", "active"}}},
          {"is_in_use", !world.machine_with(id).empty()},
          {"region", region_named(world, disk.region)}};
}

Reply list_disks(Call& call) {
  json::array rows;
  for (const auto& [id, disk] : call.world.belongings().disks) rows.push_back(disk_row(call.world, id, disk));
  return data(rows);
}

Reply add_disk(Call& call) {
  auto& disks = call.world.belongings().disks;
  Disk disk{text_at(call.body, "name"), text_at(call.body, "region"), 0, call.world.now()};
  if (disk.name.empty()) return invalid("name", "Filesystem name is required");
  if (!call.world.market().find_region(disk.region)) {
    return invalid("region", "Region " + disk.region + " does not exist");
  }
  if (find_by_name(disks, disk.name) != disks.end()) {
    return error(400, "global/duplicate", "Filesystem with that name already exists.");
  }
  const std::string id = call.world.new_id();
  return data(disk_row(call.world, id, disks.emplace(id, disk).first->second));
}

Reply delete_disk(Call& call) {
  auto& disks = call.world.belongings().disks;
  if (!disks.contains(call.names[0])) return not_found("Filesystem was not found.");
  if (!call.world.machine_with(call.names[0]).empty()) {
    return error(400, "filesystems/filesystem-in-use", "Filesystem is in use.");
  }
  disks.erase(call.names[0]);
  return data(json::object{{"deleted_ids", json::array{call.names[0]}}});
}

json::array rules_of(const std::vector<FirewallRule>& rules) {
  json::array rows;
  for (const FirewallRule& rule : rules) {
    json::object row{{"protocol", rule.protocol}, {"source_network", rule.range}, {"description", rule.description}};
    if (rule.to_port > 0) row["port_range"] = json::array{rule.from_port, rule.to_port};
    rows.push_back(row);
  }
  return rows;
}

/// Nothing when one of them is no rule.
std::optional<std::vector<FirewallRule>> read_rules(const json::array& rows) {
  std::vector<FirewallRule> rules;
  for (const json::value& row : rows) {
    if (!row.is_object()) return std::nullopt;
    const json::object& given = row.get_object();
    FirewallRule rule;
    rule.protocol = text_at(given, "protocol");
    rule.range = text_at(given, "source_network");
    rule.description = text_at(given, "description");
    const json::array ports = list_at(given, "port_range");
    const bool has_ports = ports.size() == 2 && ports[0].is_int64() && ports[1].is_int64();
    if (has_ports) rule.from_port = static_cast<int>(ports[0].get_int64());
    if (has_ports) rule.to_port = static_cast<int>(ports[1].get_int64());
    const bool needs_ports = rule.protocol == "tcp" || rule.protocol == "udp";
    const bool is_known = needs_ports || rule.protocol == "icmp" || rule.protocol == "all";
    if (!is_known || rule.range.empty() || (needs_ports && !has_ports)) return std::nullopt;
    rules.push_back(rule);
  }
  return rules;
}

Reply list_common_rules(Call& call) { return data(rules_of(call.world.belongings().common_rules)); }

Reply replace_common_rules(Call& call) {
  auto rules = read_rules(list_at(call.body, "data"));
  if (!rules) return invalid("data", "Invalid firewall rule");
  call.world.belongings().common_rules = std::move(*rules);
  return list_common_rules(call);
}

Reply show_global_ruleset(Call& call) {
  return data(json::object{{"id", "global"},
                           {"name", "Default Workspace Global Rules"},
                           {"rules", rules_of(call.world.belongings().common_rules)}});
}

Reply change_global_ruleset(Call& call) {
  auto rules = read_rules(list_at(call.body, "rules"));
  if (!rules) return invalid("rules", "Invalid firewall rule");
  if (call.body.contains("rules")) call.world.belongings().common_rules = std::move(*rules);
  return show_global_ruleset(call);
}

json::object ruleset_row(const World& world, const std::string& id, const Firewall& ruleset) {
  json::array machines;
  for (const std::string& machine : world.machines_behind(id)) machines.emplace_back(machine);
  return {{"id", id},
          {"name", ruleset.name},
          {"region", region_named(world, ruleset.region)},
          {"rules", rules_of(ruleset.rules)},
          {"created", to_iso8601(ruleset.created_at)},
          {"instance_ids", machines}};
}

Reply list_rulesets(Call& call) {
  json::array rows;
  for (const auto& [id, set] : call.world.belongings().firewalls) rows.push_back(ruleset_row(call.world, id, set));
  return data(rows);
}

Reply add_ruleset(Call& call) {
  Firewall ruleset{text_at(call.body, "name"), text_at(call.body, "region"), {}, call.world.now()};
  if (ruleset.name.empty() || ruleset.name.size() > longest_name) return invalid("name", "Name has 1 to 64 characters");
  if (!call.world.market().find_region(ruleset.region)) {
    return invalid("region", "Region " + ruleset.region + " does not exist");
  }
  auto rules = read_rules(list_at(call.body, "rules"));
  if (!rules) return invalid("rules", "Invalid firewall rule");
  ruleset.rules = std::move(*rules);
  const std::string id = call.world.new_id();
  return data(ruleset_row(call.world, id, call.world.belongings().firewalls.emplace(id, ruleset).first->second));
}

Reply show_ruleset(Call& call) {
  const auto& rulesets = call.world.belongings().firewalls;
  const auto at = rulesets.find(call.names[0]);
  return at == rulesets.end() ? not_found(no_ruleset) : data(ruleset_row(call.world, at->first, at->second));
}

Reply change_ruleset(Call& call) {
  auto& rulesets = call.world.belongings().firewalls;
  const auto at = rulesets.find(call.names[0]);
  if (at == rulesets.end()) return not_found(no_ruleset);
  auto rules = read_rules(list_at(call.body, "rules"));
  if (!rules) return invalid("rules", "Invalid firewall rule");
  if (call.body.contains("rules")) at->second.rules = std::move(*rules);
  if (const std::string name = text_at(call.body, "name"); !name.empty()) at->second.name = name;
  return show_ruleset(call);
}

Reply delete_ruleset(Call& call) {
  auto& rulesets = call.world.belongings().firewalls;
  if (!rulesets.contains(call.names[0])) return not_found(no_ruleset);
  if (!call.world.machines_behind(call.names[0]).empty()) {
    return error(400, "firewall-rulesets/firewall-ruleset-in-use",
                 "Firewall ruleset is in use by one or more instances.");
  }
  rulesets.erase(call.names[0]);
  return data(json::object{});
}

}  // namespace

std::vector<Route> belongings_routes() {
  return {{"GET", "/ssh-keys", "list-keys", &list_keys},
          {"POST", "/ssh-keys", "add-key", &add_key},
          {"DELETE", "/ssh-keys/{id}", "delete-key", &delete_key},
          {"GET", "/file-systems", "list-disks", &list_disks},
          {"POST", "/filesystems", "add-disk", &add_disk},
          {"DELETE", "/filesystems/{id}", "delete-disk", &delete_disk},
          {"GET", "/firewall-rules", "list-rules", &list_common_rules},
          {"PUT", "/firewall-rules", "replace-rules", &replace_common_rules},
          {"GET", "/firewall-rulesets", "list-rulesets", &list_rulesets},
          {"POST", "/firewall-rulesets", "add-ruleset", &add_ruleset},
          {"GET", "/firewall-rulesets/global", "show-rules", &show_global_ruleset},
          {"PATCH", "/firewall-rulesets/global", "change-rules", &change_global_ruleset},
          {"GET", "/firewall-rulesets/{id}", "show-ruleset", &show_ruleset},
          {"PATCH", "/firewall-rulesets/{id}", "change-ruleset", &change_ruleset},
          {"DELETE", "/firewall-rulesets/{id}", "delete-ruleset", &delete_ruleset}};
}

}  // namespace tally::simcloud::lambda_api
