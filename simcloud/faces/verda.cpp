// The world as Verda's API v1 shows and changes it.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <optional>

#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/verda_belongings.hpp"
#include "simcloud/faces/verda_wire.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::verda_api {
namespace json = boost::json;
namespace {

constexpr RowFields row_fields{R"("status":17,"instance_type":17,)", R"("number_of_cores":)", R"("price_per_hour":)"};
constexpr RowFields type_fields{R"("instance_type":17,)", R"("number_of_cores":)", R"("price_per_hour":")"};
constexpr std::string_view token_path = "/oauth2/token";
constexpr std::size_t most_tags = 10;

/// The tokens of a client follow from its secret, so that nobody needs to keep them.
std::string token_of(std::string_view kind, const std::string& secret) {
  return fmt::format("{}.{:016x}", kind, std::hash<std::string>()(secret));
}

Reply give_token(Call& call) {
  const std::string grant = text_at(call.body, "grant_type");
  if (grant != "client_credentials" && grant != "refresh_token") return invalid("unsupported grant type");
  const std::string refresh = grant == "refresh_token" ? text_at(call.body, "refresh_token")
                                                       : token_of("refresh", text_at(call.body, "client_secret"));
  const std::string access = "access" + refresh.substr(std::string_view("refresh").size());
  return json_reply(json::object{{"access_token", access},
                                 {"token_type", "Bearer"},
                                 {"expires_in", 3600},
                                 {"refresh_token", refresh},
                                 {"scope", "cloud-api-v1"}});
}

bool is_allowed(const Asked& asked, const std::string& api_key) {
  if (!asked.path.ends_with(token_path))
    return asked.header("authorization") == "Bearer " + token_of("access", api_key);
  boost::system::error_code failure;
  const json::value body = json::parse(asked.body, failure);
  if (failure || !body.is_object()) return true;  // the body is refused
  const json::object& grant = body.get_object();
  if (grant.contains("refresh_token")) return text_at(grant, "refresh_token") == token_of("refresh", api_key);
  return text_at(grant, "client_secret") == api_key;
}

Reply list_types(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const SaleItem& item : call.world.sale()) {
    if (item.is_listed) append_row(rows, "", json::serialize(type_of(item.shape)), type_fields, faults);
  }
  return list_reply("", '[', ']', rows, faults);
}

Reply list_availability(Call& call) {
  json::array places;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    if (!call.world.is_region_listed(region)) continue;
    json::array types;
    for (std::size_t shape = 0; shape < call.world.sale().size(); ++shape) {
      if (call.world.market().is_in_stock(shape, region)) types.emplace_back(call.world.sale()[shape].shape.name);
    }
    places.push_back({{"location_code", call.world.regions()[region].name}, {"availabilities", types}});
  }
  return json_reply(places);
}

Reply list_locations(Call& call) {
  json::array rows;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    if (!call.world.is_region_listed(region)) continue;
    const Region& place = call.world.regions()[region];
    rows.push_back({{"code", place.name}, {"name", place.description}, {"country_code", place.country}});
  }
  return json_reply(rows);
}

Reply list_images(Call& call) {
  const auto type = call.asked.query.find("instance_type");
  const bool is_for_one = type != call.asked.query.end();
  const auto shape = is_for_one ? call.world.market().find_shape(type->second) : std::nullopt;
  if (is_for_one && !shape) return not_found("Instance type not found");
  json::array rows;
  for (const Image& image : images()) {
    if (shape && call.world.sale()[*shape].shape.is_arm != image.is_arm) continue;
    rows.push_back({{"id", image.id},
                    {"image_type", image.family},
                    {"name", image.name},
                    {"is_default", image.is_default},
                    {"is_cluster", false},
                    {"category", "ubuntu"}});
  }
  return json_reply(rows);
}

Reply list_instances(Call& call) {
  std::string rows;
  std::vector<Fault> faults = call.faults;
  for (const auto& [id, machine] : call.world.machines()) {
    if (!call.is_listed(machine)) continue;
    append_row(rows, "", json::serialize(machine_of(call.world, machine)), row_fields, faults);
  }
  return list_reply("", '[', ']', rows, faults);
}

Reply show_instance(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  return machine == nullptr ? not_found("Instance not found") : json_reply(machine_of(call.world, *machine));
}

/// Nothing when one of them is none.
std::optional<std::map<std::string, std::string>> read_tags(const json::array& given) {
  std::map<std::string, std::string> tags;
  for (const json::value& one : given) {
    if (!one.is_object()) return std::nullopt;
    const std::string key = text_at(one.get_object(), "key");
    const std::string value = text_at(one.get_object(), "value");
    if (key.empty() || key.size() > 63 || value.size() > 127) return std::nullopt;
    tags[key] = value;
  }
  if (tags.size() > most_tags) return std::nullopt;
  return tags;
}

/// An ID, or a list of them of which one is kept.
std::string first_text(const json::object& body, const char* name) {
  const json::array list = list_at(body, name);
  return list.empty() || !list[0].is_string() ? text_at(body, name) : std::string(list[0].get_string());
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  for (const char* field : {"instance_type", "image", "hostname", "location_code"}) {
    if (text_at(body, field).empty()) return invalid(std::string(field) + " is required");
  }
  const auto shape = call.world.market().find_shape(text_at(body, "instance_type"));
  if (!shape) return invalid("Invalid instance type");
  const auto region = call.world.market().find_region(text_at(body, "location_code"));
  if (!region) return invalid("Invalid location code");
  order.shape = *shape;
  order.region = *region;
  const std::string wanted = text_at(body, "image");
  const auto image = std::find_if(images().begin(), images().end(), [&](const Image& known) {
    return known.is_arm == call.world.sale()[*shape].shape.is_arm && (known.family == wanted || known.id == wanted);
  });
  if (image == images().end()) return invalid("Operating system is not valid for this instance type");
  order.image = image->family;
  order.name = text_at(body, "hostname");
  order.key = first_text(body, "ssh_key_ids");
  order.script = text_at(body, "startup_script_id");
  const Belongings& belongings = call.world.belongings();
  if (!order.key.empty() && !belongings.keys.contains(order.key)) return invalid("Invalid SSH key id");
  if (!order.script.empty() && !belongings.scripts.contains(order.script)) return invalid("Invalid startup script id");
  order.disk_gib = number_at(object_at(body, "os_volume"), "size").value_or(0);
  if (order.disk_gib < 0) return invalid("Invalid volume size");
  const auto tags = read_tags(list_at(body, "tags"));
  if (!tags) return invalid("Invalid tags");
  order.tags = *tags;
  order.is_spot = flag_at(body, "is_spot");
  return std::nullopt;
}

Reply create(Call& call) {
  Order order;
  if (auto refusal = read_order(call, order)) return *refusal;
  const Done<Machine*> machine = call.world.launch(order);
  if (machine) return id_reply((*machine)->id, 202);
  if (machine.error() == Denial::out_of_quota) {
    return invalid("GPU limit exceeded for this project. Contact support to increase your quota");
  }
  return error(503, "service_unavailable",
               fmt::format("Not enough resources to deploy a {} GPU instance type {} in {}",
                           call.world.sale()[order.shape].shape.gpus, text_at(call.body, "instance_type"),
                           text_at(call.body, "location_code")));
}

/// Of one machine: its status is that already, it is done, or why it is not.
struct Outcome {
  int status = 202;
  std::string why;
};

Outcome act_on(World& world, const std::string& action, const std::string& id) {
  const Machine* machine = world.find_seen(id);
  if (machine == nullptr) return {404, "Instance not found"};
  const bool is_end = action == "delete" || action == "discontinue";
  const MachineStatus status = machine->status;
  const auto cannot = [&] {
    return Outcome{400, fmt::format("Can't {} a {} instance", is_end ? "discontinue" : action, status_of(*machine))};
  };
  if (machine->is_over())
    return {400, fmt::format("Can't {} a discontinued instance", is_end ? "discontinue" : action)};
  if (is_end) {
    if (status == MachineStatus::booting) return cannot();
    return world.terminate(id) ? Outcome{} : cannot();
  }
  if (action == "shutdown") {
    if (status == MachineStatus::stopping || status == MachineStatus::stopped) return {204, ""};
    return world.stop(id) ? Outcome{} : cannot();
  }
  if (status == MachineStatus::active || status == MachineStatus::booting) return {204, ""};
  return world.start(id) ? Outcome{} : cannot();
}

/// One ID is answered by itself, several each with its own outcome.
Reply act(Call& call) {
  const std::string action = text_at(call.body, "action");
  const bool is_known = action == "delete" || action == "discontinue" || action == "shutdown" || action == "start";
  if (!is_known) return invalid("Invalid action");
  json::array ids = list_at(call.body, "id");
  if (ids.empty() && !text_at(call.body, "id").empty()) ids.emplace_back(text_at(call.body, "id"));
  if (ids.empty()) return invalid("Invalid instance id");
  json::array outcomes;
  bool has_failed = false;
  for (const json::value& id : ids) {
    const Outcome outcome = act_on(call.world, action, id.is_string() ? std::string(id.get_string()) : "");
    const bool is_refused = outcome.status >= 400;
    if (ids.size() == 1 && outcome.status == 404) return not_found(outcome.why);
    if (ids.size() == 1 && is_refused) return invalid(outcome.why);
    if (ids.size() == 1 && outcome.status == 204) return no_body();
    json::object row{{"instanceId", id}, {"action", action}, {"status", is_refused ? "error" : "success"}};
    if (is_refused) row["error"] = outcome.why;
    if (is_refused) row["statusCode"] = outcome.status;
    has_failed = has_failed || is_refused;
    outcomes.push_back(row);
  }
  return json_reply(outcomes, has_failed ? 207 : 202);
}

Reply add_tag(Call& call) {
  Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr || machine->is_over()) return not_found("Instance not found");
  const auto tags = read_tags(json::array{call.body});
  if (!tags) return invalid("Invalid tag");
  World::label(*machine, ref_tag, credential_tag);
  const auto& [key, value] = *tags->begin();
  auto& known = machine->order.tags;
  if (known.contains(key) && known[key] == value) {
    return error(409, "invalid_request", "Tag is already linked to the instance");
  }
  known[key] = value;
  return json_reply(json::object{{"id", tag_id(key)}, {"key", key}, {"value", value}}, 201);
}

Reply delete_tag(Call& call) {
  Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr || machine->is_over()) return not_found("Instance not found");
  World::label(*machine, ref_tag, credential_tag);
  const auto taken =
      std::erase_if(machine->order.tags, [&](const auto& tag) { return tag_id(tag.first) == call.names[1]; });
  if (taken == 0) return not_found("Tag not found");
  return no_body();
}

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return error(401, "unauthorized_request", "Access token is missing or invalid");
    case Refusal::no_such_path: return not_found("Not found");
    case Refusal::wrong_method: return error(405, "invalid_request", "Method not allowed");
    case Refusal::bad_body: return invalid("The body is not valid JSON");
  }
  return {};
}

/// All that is done to machines goes to one path.
std::string_view operation_in(const Asked& asked) {
  if (asked.method != "PUT" || !asked.path.ends_with("/v1/instances")) return "";
  boost::system::error_code failure;
  const json::value body = json::parse(asked.body, failure);
  if (failure || !body.is_object()) return "";
  const std::string action = text_at(body.get_object(), "action");
  if (action == "delete" || action == "discontinue") return "terminate";
  if (action == "shutdown") return "stop";
  return action == "start" ? "start" : "";
}

std::vector<Route> routes() {
  const std::vector<Route> more = {
      {"POST", token_path, "token", &give_token},
      {"GET", "/instance-types", "list-types", &list_types},
      {"GET", "/instance-availability", "list-availability", &list_availability},
      {"GET", "/locations", "list-regions", &list_locations},
      {"GET", "/images", "list-images", &list_images},
      {"GET", "/instances", "list-instances", &list_instances},
      {"GET", "/instances/{id}", "show-instance", &show_instance},
      {"POST", "/instances", "launch", &create},
      {"PUT", "/instances", "act", &act},
      {"POST", "/instances/{id}/tags", "add-tag", &add_tag},
      {"DELETE", "/instances/{id}/tags/{tag}", "delete-tag", &delete_tag},
  };
  return joined(belongings_routes(), more);
}

}  // namespace
}  // namespace tally::simcloud::verda_api

namespace tally::simcloud {

const Face& verda_face() {
  using namespace verda_api;
  static const Face face{"verda", "/v1",         routes(),        &is_allowed, &refuse,
                         nullptr, &operation_in, "client_secret", "",          {{"client_id", "simcloud"}}};
  return face;
}

}  // namespace tally::simcloud
