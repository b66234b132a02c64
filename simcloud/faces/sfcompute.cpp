// The world as SF Compute's preview API v2 shows and changes it: nodes are bought into a pool, here by the world
// itself, and machines run on them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "simcloud/body.hpp"
#include "simcloud/face.hpp"
#include "simcloud/faces/sfcompute_wire.hpp"
#include "simcloud/ssh_keys.hpp"

namespace tally::simcloud::sfcompute_api {
namespace json = boost::json;
namespace {

constexpr int free_nodes = 4;  // of a SKU that is in stock
constexpr std::size_t longest_user_data = 64 << 10U;
constexpr std::size_t most_tags = 50;
constexpr std::size_t longest_value = 256;

using Rows = std::map<std::string, json::object>;

Reply invalid(const std::string& message) { return error(400, "invalid_request_error", message); }
Reply no_instance() { return error(404, "not_found", "Instance not found or already terminated"); }

template <class Each>
void for_each_sku(const World& world, Each each) {
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    for (std::size_t shape = 0; shape < world.sale().size(); ++shape) {
      if (is_sold(world.sale()[shape].shape)) each(Sku{shape, region});
    }
  }
}

Reply list_skus(Call& call) {
  Rows rows;
  for_each_sku(call.world, [&](const Sku& sku) { rows[sku_id(sku)] = sku_of(call.world, sku); });
  return page(call, rows);
}

int used_nodes(const World& world, const Sku& sku) {
  return static_cast<int>(std::count_if(world.machines().begin(), world.machines().end(), [&sku](const auto& entry) {
    const Machine& machine = entry.second;
    return !machine.is_over() && machine.order.shape == sku.shape && machine.order.region == sku.region;
  }));
}

json::array from_the_beginning(int nodes) {
  return json::array{json::object{{"start_at", 0}, {"end_at", nullptr}, {"node_count", nodes}}};
}

/// Its nodes are those that are in use, and some more where the world has them in stock.
Reply show_pool(Call& call) {
  if (!call.names[0].ends_with("default")) return error(404, "not_found", "Pool not found");
  json::object schedules;
  int total = 0;
  for_each_sku(call.world, [&](const Sku& sku) {
    const bool is_in_stock = call.world.market().is_in_stock(sku.shape, sku.region);
    const int nodes = used_nodes(call.world, sku) + (is_in_stock ? free_nodes : 0);
    schedules[sku_id(sku)] = from_the_beginning(nodes);
    total += nodes;
  });
  return json_reply(
      json::object{{"object", "pool"},
                   {"id", "pool_default"},
                   {"name", "default"},
                   {"kind", "market"},
                   {"allocation_schedule", {{"total", from_the_beginning(total)}, {"by_instance_sku", schedules}}}});
}

Reply show_quote(Call& call) {
  const auto wanted = call.asked.query.find("instance_sku");
  if (wanted == call.asked.query.end()) return invalid("instance_sku is required");
  const auto sku = find_sku(call.world, wanted->second);
  if (!sku) return invalid("instance_sku is unknown");
  const int cents = call.world.sale()[sku->shape].shape.price_cents;
  return json_reply(
      json::object{{"best_bid", nullptr},
                   {"best_ask", {{"instance_sku", sku_id(*sku)}, {"dollars_per_node_hour", dollars(cents) + "0000"}}}});
}

Reply list_images(Call& call) {
  Rows rows;
  for (const Image& image : images()) {
    if (!image.is_arm) rows[image.id] = image_of(image);
  }
  return page(call, rows);
}

/// This account has only machines of what is sold here.
bool is_here(const Call& call, const Machine& machine) { return is_sold(call.world.sale()[machine.order.shape].shape); }

Reply list_instances(Call& call) {
  Rows rows;
  for (const auto& [id, machine] : call.world.machines()) {
    if (call.is_listed(machine) && is_here(call, machine)) rows[id] = machine_of(call.world, machine);
  }
  return page(call, rows);
}

Machine* machine_in(Call& call) {
  Machine* machine = call.world.find_seen(call.names[0]);
  return machine != nullptr && is_here(call, *machine) ? machine : nullptr;
}

Reply show_instance(Call& call) {
  const Machine* machine = machine_in(call);
  return machine == nullptr ? no_instance() : json_reply(machine_of(call.world, *machine));
}

Reply show_ssh(Call& call) {
  const Machine* machine = machine_in(call);
  const bool is_ready = machine != nullptr && !machine->is_over() && !machine->address.empty();
  if (!is_ready) return error(404, "not_found", "SSH details not available");
  const SshKeyPointer key = make_host_key(call.world.seed(), machine->id, machine->installations);
  const json::object published{{"key_type", "ssh-ed25519"}, {"key", public_base64(key.get())}};
  return json_reply(json::object{
      {"hostname", machine->address}, {"port", call.world.ssh_port()}, {"host_keys", json::array{published}}});
}

/// Nothing when one of them is none.
std::optional<std::map<std::string, std::string>> read_tags(const json::object& body) {
  std::map<std::string, std::string> tags;
  for (const auto& [key, value] : object_at(body, "tags")) {
    const std::string text = value.is_string() ? std::string(value.get_string()) : ",";
    if (text.size() > longest_value || text.find_first_of(",=") != std::string::npos) return std::nullopt;
    tags[key] = text;
  }
  if (tags.size() > most_tags) return std::nullopt;
  return tags;
}

/// What of a request is wrong, or nothing and the order filled.
std::optional<Reply> read_order(Call& call, Order& order) {
  const json::object& body = call.body;
  for (const char* field : {"pool", "image", "instance_sku"}) {
    if (text_at(body, field).empty()) return invalid(std::string(field) + " is required");
  }
  if (!text_at(body, "pool").ends_with("default")) return error(404, "not_found", "Pool not found");
  const auto sku = find_sku(call.world, text_at(body, "instance_sku"));
  if (!sku) return error(404, "not_found", "Instance SKU not found");
  order.shape = sku->shape;
  order.region = sku->region;
  const std::string wanted = text_at(body, "image");
  const auto image = std::find_if(images().begin(), images().end(), [&wanted](const Image& known) {
    return !known.is_arm && (known.id == wanted || image_path(known) == wanted);
  });
  if (image == images().end()) return error(404, "not_found", "Image not found");
  order.image = image->id;
  order.name = text_at(body, "name");
  order.user_data = text_at(body, "cloud_init_user_data");
  if (order.user_data.size() > longest_user_data * 4 / 3 + 4) return invalid("cloud_init_user_data is too long");
  const auto tags = read_tags(body);
  if (!tags) return invalid("tags are invalid");
  order.tags = *tags;
  return std::nullopt;
}

Reply create(Call& call) {
  Order order;
  if (auto refusal = read_order(call, order)) return *refusal;
  const Done<Machine*> machine = call.world.launch(order);
  if (machine) return json_reply(machine_of(call.world, **machine), 201);
  if (machine.error() == Denial::out_of_quota) {
    return error(402, "payment_required", "The workspace may not have more nodes");
  }
  const json::object detail{
      {"field", "instance_sku"}, {"code", "capacity_limit"}, {"message", "No free nodes on this SKU in the pool"}};
  return json_reply(json::object{{"error",
                                  {{"type", "unprocessable_entity"},
                                   {"message", "capacity limit reached"},
                                   {"details", json::array{detail}}}}},
                    422);
}

Reply terminate(Call& call) {
  const Machine* machine = machine_in(call);
  if (machine == nullptr || machine->is_over()) return no_instance();
  return call.world.terminate(machine->id) ? json_reply(machine_of(call.world, *machine)) : no_instance();
}

Reply update(Call& call) {
  Machine* machine = machine_in(call);
  if (machine == nullptr || machine->is_over()) return no_instance();
  const auto tags = read_tags(call.body);
  if (!tags) return invalid("tags are invalid");
  if (call.body.contains("name")) machine->order.name = text_at(call.body, "name");
  if (call.body.contains("tags")) {
    machine->order.tags = *tags;
    machine->is_labelled = true;
  }
  return json_reply(machine_of(call.world, *machine));
}

Reply refuse(Refusal why) {
  switch (why) {
    case Refusal::unauthorized: return error(401, "authentication_error", "Invalid or missing bearer token");
    case Refusal::no_such_path: return error(404, "not_found", "Not found");
    case Refusal::wrong_method: return error(405, "invalid_request_error", "Method not allowed");
    case Refusal::bad_body: return invalid("The body is not valid JSON");
  }
  return {};
}

#define V2 "/preview/v2"

std::vector<Route> routes() {
  return {{"GET", V2 "/instance_skus", "list-types", &list_skus},
          {"GET", V2 "/pools/{id}", "show-pool", &show_pool},
          {"GET", V2 "/orderbook/quote", "show-quote", &show_quote},
          {"GET", V2 "/images", "list-images", &list_images},
          {"GET", V2 "/instances", "list-instances", &list_instances},
          {"POST", V2 "/instances", "launch", &create},
          {"GET", V2 "/instances/{id}", "show-instance", &show_instance},
          {"PATCH", V2 "/instances/{id}", "update", &update},
          {"GET", V2 "/instances/{id}/ssh", "show-ssh", &show_ssh},
          {"POST", V2 "/instances/{id}/terminate", "terminate", &terminate}};
}

#undef V2

}  // namespace
}  // namespace tally::simcloud::sfcompute_api

namespace tally::simcloud {

const Face& sfcompute_face() {
  using namespace sfcompute_api;
  static const Face face{
      "sfcompute", "",      routes(),  &has_bearer, &refuse,
      nullptr,     nullptr, "api_key", "",          {{"organization", "acme"}, {"workspace", "prod"}}};
  return face;
}

}  // namespace tally::simcloud
