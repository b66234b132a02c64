// The world as NVIDIA Launchpad's API shows and changes it: a machine is the one of a deployment.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <optional>

#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/launchpad_wire.hpp"

namespace tally::simcloud::launchpad_api {
namespace json = boost::json;
namespace {

constexpr int most_gpus = 512;

Reply no_deployment() { return detail(404, "No Deployment matches the given query."); }

Reply list_types(Call& call) {
  std::vector<json::object> rows;
  for (std::size_t shape = 0; shape < call.world.sale().size(); ++shape) {
    if (call.world.sale()[shape].is_listed) rows.push_back(type_of(call.world, shape));
  }
  return page(call, rows);
}

bool is_expanded(const Asked& asked) {
  const auto at = asked.query.find("expand");
  return at != asked.query.end() && at->second.find("cluster.nodes") != std::string::npos;
}

Reply list_deployments(Call& call) {
  const auto is_wanted = [&call](const char* name, const std::string& value, bool is_wanted_if_equal) {
    const auto at = call.asked.query.find(name);
    return at == call.asked.query.end() || (at->second == value) == is_wanted_if_equal;
  };
  std::vector<json::object> rows;
  for (const auto& [id, machine] : call.world.machines()) {
    if (!call.is_listed(machine) || !is_wanted("state_not", state_of(machine), false)) continue;
    if (!is_wanted("request_id", machine.order.request_id, true)) continue;
    rows.push_back(deployment_of(call.world, machine, is_expanded(call.asked)));
  }
  return page(call, rows);
}

Reply show_deployment(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr) return no_deployment();
  return json_reply(deployment_of(call.world, *machine, is_expanded(call.asked)));
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  for (const char* field : {"org_name", "request_id", "requester_email", "requester_name", "experience_id"}) {
    if (text_at(body, field).empty()) return wrong_field(field, "This field is required.");
  }
  if (text_at(body, "requester_email").find('@') == std::string::npos) {
    return wrong_field("requester_email", "Enter a valid email address.");
  }
  const int gpus = number_at(body, "gpu_count").value_or(0);
  if (gpus < 0 || gpus > most_gpus) {
    return wrong_field("gpu_count", "Ensure this value is less than or equal to 512.");
  }
  const auto shape = find_shape(call.world, text_at(body, "provider_name"), text_at(body, "gpu_model"), gpus,
                                text_at(body, "workshop_id"));
  const auto region = call.world.market().find_region(text_at(body, "region"));
  if (!shape || !region) return detail(400, "There is no available capacity for the requested cluster.");
  order.shape = *shape;
  order.region = *region;
  order.request_id = text_at(body, "request_id");
  order.key = text_at(body, "public_key");
  for (const json::value& address : list_at(body, "ip_allowlist")) {
    if (!address.is_string()) return wrong_field("ip_allowlist", "Enter a valid IPv4 or IPv6 address.");
    order.rules.push_back({"", false, "all", 0, 0, std::string(address.get_string()), ""});
  }
  for (const auto& [key, value] : object_at(body, "tags")) {
    if (value.is_string()) order.tags.emplace(key, value.get_string());
  }
  return std::nullopt;
}

/// A request ID is good for one deployment, for ever.
Reply create(Call& call) {
  Order order;
  if (auto refusal = read_order(call, order)) return *refusal;
  const std::size_t before = call.world.machines().size();
  const Done<Machine*> machine = call.world.launch(order, order.request_id);
  const bool is_taken = machine ? call.world.machines().size() == before : machine.error() == Denial::token_reused;
  if (is_taken) return wrong_field("request_id", "deployment with this request_id already exists.");
  if (machine) return json_reply(deployment_of(call.world, **machine, false), 201);
  if (machine.error() == Denial::out_of_quota) return detail(402, "The organization has used up what it may have.");
  return detail(400, "There is no available capacity for the requested cluster.");
}

Reply remove(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr) return no_deployment();
  if (machine->is_over()) return detail(400, "Deployment is already being destroyed");
  if (!call.world.terminate(machine->id)) return no_deployment();
  return json_reply(deployment_of(call.world, *machine, false));
}

/// Whatever is written: when it ends by itself is nothing that this world lives to see.
Reply update(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr || machine->is_over()) return no_deployment();
  return json_reply(deployment_of(call.world, *machine, false));
}

Reply add_task(Call& call) {
  const Machine* machine = call.world.find_seen(call.names[0]);
  if (machine == nullptr) return no_deployment();
  const std::string action = text_at(call.body, "action");
  const bool is_stop = action == "stop_instances";
  if (!is_stop && action != "start_instances")
    return wrong_field("action", "\"" + action + "\" is not a valid choice.");
  const Done<> done = is_stop ? call.world.stop(machine->id) : call.world.start(machine->id);
  if (!done) return detail(409, std::string("Deployment is ") + state_of(*machine));
  return json_reply(json::object{{"id", "task-" + machine->id},
                                 {"action", action},
                                 {"status", "pending"},
                                 {"status_text", ""},
                                 {"retries", 0},
                                 {"deployment", machine->id}},
                    201);
}

bool is_allowed(const Asked& asked, const std::string& api_key) {
  return asked.header("authorization") == "Token " + api_key;
}

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return detail(401, "Invalid token.");
    case Refusal::no_such_path: return detail(404, "Not found.");
    case Refusal::wrong_method: return detail(405, "Method not allowed.");
    case Refusal::bad_body: return detail(400, "JSON parse error");
  }
  return {};
}

/// What is done to a deployment goes to its tasks.
std::string_view operation_in(const Asked& asked) {
  if (asked.method != "POST" || !asked.path.ends_with("/tasks/")) return "";
  if (asked.body.find("\"stop_instances\"") != std::string::npos) return "stop";
  return asked.body.find("\"start_instances\"") != std::string::npos ? "start" : "";
}

#define DEPLOYMENTS "/v1/catalog/deployments/"

std::vector<Route> routes() {
  return {{"GET", "/v1/catalog/instance-types/", "list-types", &list_types},
          {"GET", DEPLOYMENTS, "list-instances", &list_deployments},
          {"POST", DEPLOYMENTS, "launch", &create},
          {"GET", DEPLOYMENTS "{id}/", "show-instance", &show_deployment},
          {"PATCH", DEPLOYMENTS "{id}/", "update", &update},
          {"DELETE", DEPLOYMENTS "{id}/", "terminate", &remove},
          {"POST", DEPLOYMENTS "{id}/tasks/", "act", &add_task}};
}

#undef DEPLOYMENTS

}  // namespace
}  // namespace tally::simcloud::launchpad_api

namespace tally::simcloud {

const Face& launchpad_face() {
  using namespace launchpad_api;
  static const Face face{"launchpad",
                         "",
                         routes(),
                         &is_allowed,
                         &refuse,
                         nullptr,
                         &operation_in,
                         "api_token",
                         "",
                         {},
                         {{"org_name", "tally"},
                          {"requester_name", "tally"},
                          {"requester_email", "ops@example.com"},
                          {"experience_ids", OptionTable<std::string>{{"default", "e-default"}}},
                          {"stop_start", true}}};
  return face;
}

}  // namespace tally::simcloud
