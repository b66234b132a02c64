#include "simcloud/faces/verda_belongings.hpp"

#include <boost/json/array.hpp>

#include "runtime/number.hpp"
#include "simcloud/body.hpp"
#include "simcloud/faces/verda_wire.hpp"

namespace tally::simcloud::verda_api {
namespace json = boost::json;
namespace {

constexpr std::size_t most_scripts = 100;
constexpr std::size_t usual_page = 10;

Reply list_keys(Call& call) {
  json::array rows;
  for (const auto& [id, key] : call.world.belongings().keys) {
    rows.push_back({{"id", id}, {"name", key.name}, {"key", key.public_key}, {"fingerprint", nullptr}});
  }
  return json_reply(rows);
}

/// Names need not be unique.
Reply add_key(Call& call) {
  const Key key{text_at(call.body, "name"), text_at(call.body, "key")};
  if (key.name.empty()) return invalid("name is required");
  if (key.public_key.empty()) return invalid("key is required");
  return id_reply(call.world.belongings().keys.emplace(call.world.new_id(), key).first->first, 201);
}

Reply delete_key(Call& call) {
  return call.world.belongings().keys.erase(call.names[0]) == 0 ? not_found("SSH key not found") : no_body(200);
}

std::size_t number_in(const Asked& asked, const char* name, std::size_t otherwise) {
  const auto at = asked.query.find(name);
  return at == asked.query.end() ? otherwise : parse_number<std::size_t>(at->second).value_or(otherwise);
}

Reply list_scripts(Call& call) {
  const auto wanted = call.asked.query.find("name");
  const std::size_t size = number_in(call.asked, "pageSize", usual_page);
  const std::size_t first = (number_in(call.asked, "page", 1) - 1) * size;
  json::array rows;
  std::size_t index = 0;
  for (const auto& [id, script] : call.world.belongings().scripts) {
    if (wanted != call.asked.query.end() && script.name.find(wanted->second) == std::string::npos) continue;
    const bool is_on_page = index >= first && rows.size() < size;
    ++index;
    if (is_on_page) rows.push_back({{"id", id}, {"name", script.name}, {"script", script.text}});
  }
  return json_reply(rows);
}

Reply add_script(Call& call) {
  auto& scripts = call.world.belongings().scripts;
  const Script script{text_at(call.body, "name"), text_at(call.body, "script")};
  if (script.name.empty()) return invalid("name is required");
  if (script.text.empty()) return invalid("script is required");
  if (scripts.size() >= most_scripts) return invalid("Startup scripts quota reached");
  return id_reply(scripts.emplace(call.world.new_id(), script).first->first, 201);
}

Reply delete_script(Call& call) {
  return call.world.belongings().scripts.erase(call.names[0]) == 0 ? not_found("Startup script not found")
                                                                   : no_body(200);
}

bool has_volume(const Call& call, const Machine& machine) {
  return call.is_listed(machine) && machine.status != MachineStatus::terminated && !system_volume_of(machine).empty();
}

Reply list_volumes(Call& call) {
  json::array rows;
  for (const auto& [id, machine] : call.world.machines()) {
    if (has_volume(call, machine)) rows.push_back(volume_of(call.world, machine));
  }
  return json_reply(rows);
}

Reply list_volume_types(Call&) {
  return json_reply(
      json::array{json::object{{"type", "NVMe"}, {"price", {{"price_per_month_per_gb", 0.2}, {"currency", "usd"}}}}});
}

/// Grows the one that a stopped machine's system is on.
Reply change_volume(Call& call) {
  if (text_at(call.body, "action") != "resize") return invalid("action is not supported");
  const std::string id = text_at(call.body, "id");
  const auto size = number_at(call.body, "size");
  if (!size) return invalid("size is required");
  for (const auto& [machine_id, machine] : call.world.machines()) {
    if (!has_volume(call, machine) || system_volume_of(machine) != id) continue;
    if (machine.status != MachineStatus::stopped) return invalid("The instance must be shut down first");
    return call.world.resize(machine_id, *size) ? no_body(202) : invalid("A volume cannot be made smaller");
  }
  return not_found("Volume not found");
}

}  // namespace

std::vector<Route> belongings_routes() {
  return {{"GET", "/ssh-keys", "list-keys", &list_keys},
          {"POST", "/ssh-keys", "add-key", &add_key},
          {"DELETE", "/ssh-keys/{id}", "delete-key", &delete_key},
          {"GET", "/scripts", "list-scripts", &list_scripts},
          {"POST", "/scripts", "add-script", &add_script},
          {"DELETE", "/scripts/{id}", "delete-script", &delete_script},
          {"GET", "/volumes", "list-disks", &list_volumes},
          {"PUT", "/volumes", "resize", &change_volume},
          {"GET", "/volume-types", "list-disk-types", &list_volume_types}};
}

}  // namespace tally::simcloud::verda_api
