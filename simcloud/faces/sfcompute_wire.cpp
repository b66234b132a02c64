#include "simcloud/faces/sfcompute_wire.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "runtime/ascii.hpp"
#include "runtime/number.hpp"
#include "simcloud/body.hpp"
#include "simcloud/rows.hpp"

namespace tally::simcloud::sfcompute_api {
namespace json = boost::json;
namespace {

constexpr std::size_t usual_page = 50;
constexpr std::size_t largest_page = 200;
constexpr RowFields row_fields{R"("status":17,"alias":17,)", R"("created_at":)", R"("name":")"};

json::object property(const json::value& value, const std::string& shown) {
  return {{"value", value}, {"display_value", shown}};
}

json::object number_property(std::int64_t value) { return property(value, std::to_string(value)); }

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string alias_of(const World& world, const Sku& sku) {
  return world.regions()[sku.region].name + "-" + world.sale()[sku.shape].shape.name;
}

json::object tags_of(const Machine& machine) {
  json::object tags;
  if (!machine.owner.empty() && !machine.is_labelled) {
    tags = {{"brev-ref-id", machine.ref_id}, {"brev-cloud-cred-ref-id", machine.owner}};
  }
  for (const auto& [key, value] : machine.order.tags) tags[key] = value;
  return tags;
}

}  // namespace

bool is_sold(const Shape& shape) {
  return shape.gpu.model.starts_with('H') && shape.gpu.interconnect.starts_with("SXM");
}

std::string sku_id(const Sku& sku) { return fmt::format("isku_{:04}{:04}", sku.region, sku.shape); }

std::optional<Sku> find_sku(const World& world, const std::string& name) {
  for (std::size_t region = 0; region < world.regions().size(); ++region) {
    for (std::size_t shape = 0; shape < world.sale().size(); ++shape) {
      const Sku sku{shape, region};
      if (is_sold(world.sale()[shape].shape) && (sku_id(sku) == name || alias_of(world, sku) == name)) return sku;
    }
  }
  return std::nullopt;
}

Reply error(int status, const char* type, const std::string& message) {
  return json_reply(json::object{{"error", {{"type", type}, {"message", message}}}}, status);
}

Reply page(const Call& call, const std::map<std::string, json::object>& rows) {
  const auto wanted = call.asked.query.find("limit");
  const auto limit =
      wanted == call.asked.query.end() ? usual_page : parse_number<std::size_t>(wanted->second).value_or(0);
  if (limit < 1 || limit > largest_page) return error(400, "invalid_request_error", "limit must be from 1 to 200");
  const auto after = call.asked.query.find("starting_after");
  auto row = after == call.asked.query.end() ? rows.begin() : rows.upper_bound(after->second);
  std::string list;
  std::vector<Fault> faults = call.faults;
  json::value cursor;
  for (std::size_t count = 0; count < limit && row != rows.end(); ++count, ++row) {
    append_row(list, "", json::serialize(row->second), row_fields, faults);
    cursor = row->first;
  }
  const bool has_more = row != rows.end();
  if (!has_more) cursor = nullptr;
  Reply reply = list_reply("data", '[', ']', list, faults);
  reply.body.pop_back();
  reply.body += fmt::format(R"(,"object":"list","has_more":{},"cursor":{}}})", has_more, json::serialize(cursor));
  return reply;
}

json::object sku_of(const World& world, const Sku& sku) {
  const Shape& shape = world.sale()[sku.shape].shape;
  const std::string& region = world.regions()[sku.region].name;
  return {{"object", "instance_sku"},
          {"id", sku_id(sku)},
          {"alias", alias_of(world, sku)},
          {"region", property(json::value(region), region)},
          {"availability_zone", property("a", "a")},
          {"accelerator", property(json::value(ascii::lower(shape.gpu.model)), "NVIDIA " + shape.gpu.model)},
          {"form_factor", property("sxm", "SXM")},
          {"rdma_type", property("infiniband", "infiniband")},
          {"num_accelerators", number_property(shape.gpus)},
          {"num_vcpus", number_property(shape.vcpus)},
          {"memory", number_property(std::int64_t{shape.memory_gib} << 30U)},
          {"local_storage", number_property(std::int64_t{shape.storage_gib} << 30U)},
          {"supports_public_ipv4", property(false, "no")},
          {"audience_hint", nullptr}};
}

std::string image_name(const Image& image) { return image.family + "-cuda-12.8"; }

std::string image_path(const Image& image) { return "sfc:image:sfcompute:public:" + image_name(image); }

json::object image_of(const Image& image) {
  return {{"object", "image"},
          {"id", image.id},
          {"resource_path", image_path(image)},
          {"owner", "sfcompute"},
          {"workspace", "public"},
          {"name", image_name(image)},
          {"upload_status", "completed"},
          {"created_at", 1'767'225'600}};
}

/// What is ending is terminated at once.
const char* status_of(MachineStatus status) {
  switch (status) {
    case MachineStatus::booting: return "awaiting_allocation";
    case MachineStatus::active:
    case MachineStatus::unhealthy:
    case MachineStatus::stopping:
    case MachineStatus::stopped: return "running";
    case MachineStatus::terminating:
    case MachineStatus::terminated: return "terminated";
    case MachineStatus::failed: return "failed";
  }
  return "";
}

json::object machine_of(const World& world, const Machine& machine) {
  const Order& order = machine.order;
  const Sku sku{order.shape, order.region};
  const std::int64_t born = seconds_of(machine.created_at);
  const Image& usual = images().front();
  return {{"object", "instance"},
          {"id", machine.id},
          {"name", order.name.empty() ? "vm-" + machine.id.substr(0, 4) : order.name},
          {"status", status_of(machine.status)},
          {"instance_sku", {{"object", "instance_sku"}, {"id", sku_id(sku)}, {"alias", alias_of(world, sku)}}},
          {"pool", {{"name", "default"}}},
          {"created_at", born},
          {"updated_at", born},
          {"image", {{"id", order.image.empty() ? usual.id : order.image}, {"name", image_name(usual)}}},
          {"managed_by", nullptr},
          {"cloud_init_user_data_used", !order.user_data.empty()},
          {"enable_public_ipv4", false},
          {"tags", tags_of(machine)},
          {"priority_level", "normal"}};
}

}  // namespace tally::simcloud::sfcompute_api
