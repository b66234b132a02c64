// The world as the API of the provider `template` shows and changes it: an imaginary vendor whose API is small, regular
// and has every ability. This comment is its documentation.
//
// REST and JSON below /v1, `Authorization: Bearer KEY`. Names and IDs in paths are percent-encoded. Unknown fields of a
// body are ignored. Times are RFC 3339, prices decimal strings per hour, sizes whole numbers of the unit in the name.
//
// clang-format off
//   GET    /account                      {"id"}: who the key belongs to
//   GET    /quotas                       page of "quotas": {id, name, unit, maximum, current}
//   GET    /images                       page of "images": {id, name, architecture, created_at, is_default}
//   GET    /regions                      page of "regions": {name, description, country (alpha-2), is_open}
//   GET    /regions/{region}/types       page of "types", sold out ones included
//   GET    /regions/{region}/instances   page of "instances"
//   POST   /regions/{region}/instances   201 the instance. Body: type, name, public_key; optional image, disk_gib,
//                                        tags {}, firewall_rules [], user_data (base64), spot. Made once for each
//                                        `Idempotency-Key`: again with the same body it is 200 the same instance
//
// Of one instance, below /regions/{region}/instances/{id}:
//
//   GET                                  200 the instance
//   DELETE                               202 the instance; as often as it can be seen
//   POST   /stop, /start, /reboot        202 the instance
//   POST   /resize {"disk_gib"}          200 the instance; disks only grow
//   PUT    /tags {"tags": {}}            200 the instance; they replace those it had
//   POST   /change-type {"type"}         200 the instance; it must be stopped
//   GET    /firewall-rules               page of "firewall_rules": {id, direction, from_port, to_port, range}
//   POST   /firewall-rules               201 the rule. Body: direction (ingress or egress), from_port, to_port, range
//   DELETE /firewall-rules/{rule}        204
// clang-format on
//
// A page is {"<rows>": […], "next": cursor or null}; `?limit=` (1 to 200, else 50) and `?cursor=` go on. Rows are in
// the order of their IDs, so that nothing is lost or told twice while rows come and go.
//
// A type: {name, vcpus, memory_gib, storage_gib, architecture, gpus [{model, count, memory_gb, interconnect, vendor}],
// prices [{class (on-demand or spot), hourly, currency}], available, can_stop, can_reboot}.
// An instance: {id, name, region, type, status, status_message, created_at, public_ip, private_ip, ssh_user, ssh_port,
// image, disk_gib, tags {}, spot, hourly_price, currency}; status is pending, running, stopping, stopped, terminating,
// terminated or failed; addresses are null until it first runs. It can be seen as terminated for a while, then it is
// not found. What no firewall rule allows to come in is closed, but SSH.
//
// Errors are {"error": {"code", "message", "field"}}, `field` where one is at fault: 400 invalid_request,
// image_not_found; 401 unauthorized; 403 quota_exceeded; 404 instance_not_found, region_not_found, rule_not_found,
// path_not_found; 405 method_not_allowed; 409 wrong_state, token_reused, duplicate_rule; 503 out_of_stock.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/template_wire.hpp"

namespace tally::simcloud::template_api {
namespace json = boost::json;
namespace {

Reply show_account(Call&) { return json_reply(json::object{{"id", "acct-5d1a7c40"}}); }

Reply list_quotas(Call& call) {
  Rows rows;
  rows["gpus"] = {{"id", "gpus"},
                  {"name", "GPUs of all instances"},
                  {"unit", "gpu"},
                  {"maximum", call.world.gpu_quota()},
                  {"current", call.world.gpus_in_use()}};
  return page(call, "quotas", rows);
}

Reply list_images(Call& call) {
  Rows rows;
  for (const Image& image : images()) rows[image.id] = image_row(image);
  return page(call, "images", rows);
}

Reply list_regions(Call& call) {
  Rows rows;
  for (std::size_t region = 0; region < call.world.regions().size(); ++region) {
    const Region& place = call.world.regions()[region];
    rows[place.name] = {{"name", place.name},
                        {"description", place.description},
                        {"country", place.country},
                        {"is_open", call.world.is_region_listed(region)}};
  }
  return page(call, "regions", rows);
}

Reply list_types(Call& call) {
  const auto region = call.world.market().find_region(call.names[0]);
  if (!region) return no_region();
  Rows rows;
  for (std::size_t shape = 0; shape < call.world.sale().size(); ++shape) {
    const SaleItem& item = call.world.sale()[shape];
    if (item.is_listed) rows[item.shape.name] = type_row(item.shape, call.world.market().is_in_stock(shape, *region));
  }
  return page(call, "types", rows);
}

Reply list_instances(Call& call) {
  const auto region = call.world.market().find_region(call.names[0]);
  if (!region) return no_region();
  Rows rows;
  for (const auto& [id, machine] : call.world.machines()) {
    if (machine.order.region == *region && call.is_listed(machine)) rows[id] = machine_row(call.world, machine);
  }
  return page(call, "instances", rows);
}

/// The machine that the path names; nullptr when there is none in that region.
Machine* machine_in(Call& call) {
  const auto region = call.world.market().find_region(call.names[0]);
  Machine* machine = call.world.find_seen(call.names[1]);
  const bool is_there = region && machine != nullptr && machine->order.region == *region;
  return is_there ? machine : nullptr;
}

/// That there is no such machine there; or, which says nothing of any machine, no such region.
Reply nothing_there(Call& call) { return call.world.market().find_region(call.names[0]) ? no_instance() : no_region(); }

Reply instance_reply(Call& call, const Machine& machine, int status = 200) {
  return json_reply(machine_row(call.world, machine), status);
}

Reply denied(Denial why) {
  switch (why) {
    case Denial::no_such_machine: return no_instance();
    case Denial::out_of_stock: return error(503, "out_of_stock", "there is no such machine to be had there now");
    case Denial::out_of_quota: return error(403, "quota_exceeded", "that would be more GPUs than the account may have");
    case Denial::token_reused: return error(409, "token_reused", "the Idempotency-Key was used for something else");
    case Denial::wrong_state: return error(409, "wrong_state", "the instance is not in a state for that");
    case Denial::name_taken: return error(409, "wrong_state", "the name is taken");
    case Denial::smaller: return error(400, "invalid_request", "a disk cannot shrink", "disk_gib");
  }
  return {};
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  const auto shape = call.world.market().find_shape(text_at(body, "type"));
  if (!shape) return error(400, "invalid_request", "there is no such type", "type");
  order.shape = *shape;
  order.name = text_at(body, "name");
  if (order.name.empty()) return error(400, "invalid_request", "is missing", "name");
  order.key = text_at(body, "public_key");
  if (order.key.empty()) return error(400, "invalid_request", "is missing", "public_key");
  const bool is_arm = call.world.sale()[*shape].shape.is_arm;
  const auto image = find_image(text_at(body, "image"), is_arm);
  if (!image) return error(400, "image_not_found", "there is no such image for this type", "image");
  order.image = *image;
  order.disk_gib = number_at(body, "disk_gib").value_or(0);
  if (order.disk_gib < 0) return error(400, "invalid_request", "must be positive", "disk_gib");
  const auto tags = read_tags(body);
  if (!tags) return error(400, "invalid_request", "values must be texts", "tags");
  order.tags = *tags;
  for (const json::value& given : list_at(body, "firewall_rules")) {
    const auto rule = given.is_object() ? read_rule(given.get_object()) : std::nullopt;
    if (!rule) return error(400, "invalid_request", "one of them is no rule", "firewall_rules");
    order.rules.push_back(*rule);
  }
  order.user_data = text_at(body, "user_data");
  order.is_spot = flag_at(body, "spot");
  return std::nullopt;
}

Reply create(Call& call) {
  const auto region = call.world.market().find_region(call.names[0]);
  if (!region) return no_region();
  Order order;
  order.region = *region;
  if (auto refusal = read_order(call, order)) return *refusal;
  const std::size_t before = call.world.machines().size();
  const Done<Machine*> machine = call.world.launch(order, call.asked.header("idempotency-key"));
  if (!machine) return denied(machine.error());
  const bool is_new = call.world.machines().size() > before;
  if (!is_new) return instance_reply(call, **machine);
  for (FirewallRule& rule : (*machine)->order.rules) rule.id = call.world.new_id();
  return instance_reply(call, **machine, 201);
}

Reply show_instance(Call& call) {
  const Machine* machine = machine_in(call);
  return machine == nullptr ? nothing_there(call) : instance_reply(call, *machine);
}

Reply operate(Call& call, Done<> (World::*operation)(const std::string&)) {
  const Machine* machine = machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  const Done<> done = (call.world.*operation)(machine->id);
  return done ? instance_reply(call, *machine, 202) : denied(done.error());
}

Reply terminate(Call& call) { return operate(call, &World::terminate); }
Reply stop(Call& call) { return operate(call, &World::stop); }
Reply start(Call& call) { return operate(call, &World::start); }
Reply reboot(Call& call) { return operate(call, &World::reboot); }

Reply resize(Call& call) {
  const Machine* machine = machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  const auto size = number_at(call.body, "disk_gib");
  if (!size) return error(400, "invalid_request", "must be a whole number", "disk_gib");
  const Done<> done = call.world.resize(machine->id, *size);
  return done ? instance_reply(call, *machine) : denied(done.error());
}

Reply change_type(Call& call) {
  const Machine* machine = machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  const auto shape = call.world.market().find_shape(text_at(call.body, "type"));
  if (!shape) return error(400, "invalid_request", "there is no such type", "type");
  const Done<> done = call.world.change_shape(machine->id, *shape);
  return done ? instance_reply(call, *machine) : denied(done.error());
}

/// For what a machine that is ending does not take any more.
Machine* live_machine_in(Call& call) {
  Machine* machine = machine_in(call);
  return machine == nullptr || machine->is_over() ? nullptr : machine;
}

Reply replace_tags(Call& call) {
  Machine* machine = live_machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  const auto tags = read_tags(call.body);
  if (!tags || !call.body.contains("tags")) return error(400, "invalid_request", "must be an object of texts", "tags");
  machine->order.tags = *tags;
  machine->is_labelled = true;
  return instance_reply(call, *machine);
}

Reply list_rules(Call& call) {
  const Machine* machine = live_machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  Rows rows;
  for (const FirewallRule& rule : machine->order.rules) rows[rule.id] = rule_row(rule);
  return page(call, "firewall_rules", rows);
}

Reply add_rule(Call& call) {
  Machine* machine = live_machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  auto rule = read_rule(call.body);
  if (!rule) return error(400, "invalid_request", "must be ingress or egress, with ports and a range", "direction");
  auto& rules = machine->order.rules;
  const bool is_known =
      std::any_of(rules.begin(), rules.end(), [&](const FirewallRule& known) { return known.is_same(*rule); });
  if (is_known) return error(409, "duplicate_rule", "the instance has that rule");
  rule->id = call.world.new_id();
  rules.push_back(*rule);
  return json_reply(rule_row(*rule), 201);
}

Reply delete_rule(Call& call) {
  Machine* machine = live_machine_in(call);
  if (machine == nullptr) return nothing_there(call);
  const auto taken =
      std::erase_if(machine->order.rules, [&](const FirewallRule& rule) { return rule.id == call.names[2]; });
  if (taken == 0) return error(404, "rule_not_found", "the instance has no such rule");
  return no_body();
}

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return error(401, "unauthorized", "the key is missing or wrong");
    case Refusal::no_such_path: return error(404, "path_not_found", "there is nothing at this path");
    case Refusal::wrong_method: return error(405, "method_not_allowed", "not with this method");
    case Refusal::bad_body: return error(400, "invalid_request", "the body is no JSON object");
  }
  return {};
}

#define INSTANCE "/regions/{region}/instances/{id}"

std::vector<Route> routes() {
  return {{"GET", "/account", "account", &show_account},
          {"GET", "/quotas", "list-quotas", &list_quotas},
          {"GET", "/images", "list-images", &list_images},
          {"GET", "/regions", "list-regions", &list_regions},
          {"GET", "/regions/{region}/types", "list-types", &list_types},
          {"GET", "/regions/{region}/instances", "list-instances", &list_instances},
          {"POST", "/regions/{region}/instances", "launch", &create},
          {"GET", INSTANCE, "show-instance", &show_instance},
          {"DELETE", INSTANCE, "terminate", &terminate},
          {"POST", INSTANCE "/stop", "stop", &stop},
          {"POST", INSTANCE "/start", "start", &start},
          {"POST", INSTANCE "/reboot", "restart", &reboot},
          {"POST", INSTANCE "/resize", "resize", &resize},
          {"PUT", INSTANCE "/tags", "update", &replace_tags},
          {"POST", INSTANCE "/change-type", "change-type", &change_type},
          {"GET", INSTANCE "/firewall-rules", "list-rules", &list_rules},
          {"POST", INSTANCE "/firewall-rules", "add-rule", &add_rule},
          {"DELETE", INSTANCE "/firewall-rules/{rule}", "delete-rule", &delete_rule}};
}

#undef INSTANCE

}  // namespace
}  // namespace tally::simcloud::template_api

namespace tally::simcloud {

const Face& template_face() {
  using namespace template_api;
  static const Face face{"template", "/v1", routes(), &has_bearer, &refuse};
  return face;
}

}  // namespace tally::simcloud
