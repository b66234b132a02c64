#include "simcloud/faces/shadeform_belongings.hpp"

#include <boost/json/array.hpp>

#include "simcloud/body.hpp"
#include "simcloud/faces/shadeform_wire.hpp"

namespace tally::simcloud::shadeform_api {
namespace json = boost::json;
namespace {

Reply no_key() { return error(404, "NOT_FOUND", "SSH key not found"); }
Reply no_volume() { return error(404, "NOT_FOUND", "Volume not found"); }

json::object key_row(const Belongings& belongings, const std::string& id) {
  const Key& key = belongings.keys.at(id);
  return {{"id", id}, {"name", key.name}, {"public_key", key.public_key}, {"is_default", id == belongings.default_key}};
}

Reply list_keys(Call& call) {
  json::array rows;
  for (const auto& [id, key] : call.world.belongings().keys) rows.push_back(key_row(call.world.belongings(), id));
  return json_reply(json::object{{"ssh_keys", rows}});
}

Reply add_key(Call& call) {
  const Key key{text_at(call.body, "name"), text_at(call.body, "public_key")};
  if (key.name.empty()) return error(400, "INVALID_REQUEST", "name is required");
  if (key.public_key.empty()) return error(400, "INVALID_REQUEST", "public_key is required");
  const Done<std::string> id = call.world.add_key(key);
  return id ? json_reply(json::object{{"id", *id}}) : error(409, "DUPLICATE_NAME", "ssh key name must be unique");
}

Reply show_key(Call& call) {
  const Belongings& belongings = call.world.belongings();
  return belongings.keys.contains(call.names[0]) ? json_reply(key_row(belongings, call.names[0])) : no_key();
}

Reply delete_key(Call& call) {
  Belongings& belongings = call.world.belongings();
  const std::string& id = call.names[0];
  if (!belongings.keys.contains(id)) return no_key();
  if (belongings.default_key == id) return error(409, "CONFLICT", "The default SSH key cannot be deleted");
  if (call.world.is_key_in_use(id)) return error(409, "CONFLICT", "The SSH key is in use");
  belongings.keys.erase(id);
  return nothing();
}

Reply set_default_key(Call& call) {
  Belongings& belongings = call.world.belongings();
  if (!belongings.keys.contains(call.names[0])) return no_key();
  belongings.default_key = call.names[0];
  return nothing();
}

json::object volume_row(const World& world, const std::string& id, const Disk& disk) {
  const std::string machine = world.machine_with(id);
  json::object row{{"id", id},
                   {"cloud", "massedcompute"},
                   {"cloud_assigned_id", "v-" + id},
                   {"region", disk.region},
                   {"name", disk.name},
                   {"fixed_size", true},
                   {"size_in_gb", disk.size_gib},
                   {"cost_estimate", "0"},
                   {"supports_multi_mount", false},
                   {"mounted_by", nullptr}};
  if (!machine.empty()) row["mounted_by"] = machine;
  return row;
}

Reply list_volumes(Call& call) {
  json::array rows;
  for (const auto& [id, disk] : call.world.belongings().disks) rows.push_back(volume_row(call.world, id, disk));
  return json_reply(json::object{{"volumes", rows}});
}

Reply list_volume_types(Call& call) {
  json::array rows;
  for (const Region& region : call.world.regions()) {
    rows.push_back({{"cloud", "massedcompute"},
                    {"region", region.name},
                    {"supports_multi_mount", false},
                    {"fixed_size", true},
                    {"price_per_gb_per_hour", "0.00028"}});
  }
  return json_reply(json::object{{"volume_types", rows}});
}

Reply create_volume(Call& call) {
  const Disk disk{text_at(call.body, "name"), text_at(call.body, "region"),
                  number_at(call.body, "size_in_gb").value_or(0), call.world.now()};
  if (disk.name.empty()) return error(400, "INVALID_REQUEST", "name is required");
  if (disk.size_gib <= 0) return error(400, "INVALID_REQUEST", "size_in_gb is required");
  if (!call.world.market().find_region(disk.region)) return error(400, "INVALID_REQUEST", "region is unknown");
  return json_reply(
      json::object{{"id", call.world.belongings().disks.emplace(call.world.new_id(), disk).first->first}});
}

Reply show_volume(Call& call) {
  const auto& disks = call.world.belongings().disks;
  const auto disk = disks.find(call.names[0]);
  return disk == disks.end() ? no_volume() : json_reply(volume_row(call.world, disk->first, disk->second));
}

Reply delete_volume(Call& call) {
  if (!call.world.machine_with(call.names[0]).empty()) return error(409, "CONFLICT", "The volume is mounted");
  return call.world.belongings().disks.erase(call.names[0]) == 0 ? no_volume() : nothing();
}

}  // namespace

std::vector<Route> belongings_routes() {
  return {{"GET", "/sshkeys", "list-keys", &list_keys},
          {"POST", "/sshkeys/add", "add-key", &add_key},
          {"GET", "/sshkeys/{id}/info", "show-key", &show_key},
          {"POST", "/sshkeys/{id}/delete", "delete-key", &delete_key},
          {"POST", "/sshkeys/{id}/setdefault", "default-key", &set_default_key},
          {"GET", "/volumes", "list-disks", &list_volumes},
          {"GET", "/volumes/types", "list-disk-types", &list_volume_types},
          {"POST", "/volumes/create", "add-disk", &create_volume},
          {"GET", "/volumes/{id}/info", "show-disk", &show_volume},
          {"POST", "/volumes/{id}/delete", "delete-disk", &delete_volume}};
}

}  // namespace tally::simcloud::shadeform_api
