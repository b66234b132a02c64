#include "providers/launchpad/deployment.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "net/json_rows.hpp"
#include "providers/launchpad/product.hpp"
#include "runtime/ascii.hpp"

namespace tally::launchpad {
namespace {

constexpr std::int32_t usual_ssh_port = 22;
constexpr std::int32_t port_behind_bastion = 2022;

struct State {
  std::string_view word;
  LifecycleStatus status;
  std::string_view message = {};
};
constexpr std::array states = {
    State{"waiting", LifecycleStatus::pending},
    State{"starting", LifecycleStatus::pending},
    State{"ready", LifecycleStatus::running},
    State{"failed", LifecycleStatus::pending, "failed; it may be tried again"},
    State{"retrying", LifecycleStatus::pending, "is tried again"},
    State{"paused", LifecycleStatus::pending, "paused"},
    State{"stopping", LifecycleStatus::stopping},
    State{"stopped", LifecycleStatus::stopped},
    State{"destroying", LifecycleStatus::terminating},
    State{"destroyed", LifecycleStatus::terminated},
    State{"error", LifecycleStatus::failed},
};

/// A word that is not here has no meaning for us and keeps the last known state.
void read_state(const json::Fields& fields, Instance& instance) {
  instance.provider_status = fields.required_text("state", limits::text);
  const auto known = std::find_if(states.begin(), states.end(),
                                  [&](const State& state) { return state.word == instance.provider_status; });
  if (known == states.end()) return;
  instance.status = known->status;
  instance.status_message = known->message;
}

/// Those of the order are none of its owner's, either. Answers the type that it was ordered as.
std::string read_tags(const json::Fields& fields, Instance& instance) {
  for (const auto& [key, value] : fields.text_map("tags", limits::tags_per_instance)) {
    add_tag(instance, our_tags, key, value);
  }
  const auto take = [&instance](std::string_view key) {
    auto tag = instance.tags.extract(std::string(key));
    return tag ? tag.mapped() : std::string();
  };
  instance.name = take(order_tags::name);
  return take(order_tags::type);
}

/// An address, or the name of a host.
void read_address(const json::Fields& cluster, LoopbackIs loopback, Instance& instance) {
  std::string address = instance_address(cluster.text("public_address"), loopback);
  (is_ip_address(address) ? instance.public_ip : instance.public_dns) = std::move(address);
}

/// Their sum; nothing when one of them is not known.
std::optional<Bytes> read_disks(const json::Fields& node) {
  std::int64_t sum = 0;
  for (const json::Fields& disk : node.objects("storage", limits::parts_per_type)) {
    const auto size = disk.bytes("size", ByteUnit::gigabyte);
    if (!size || __builtin_add_overflow(sum, size->count(), &sum)) return std::nullopt;
  }
  return sum == 0 ? std::nullopt : std::optional(Bytes(sum));
}

/// What the machine is, as far as it is there and was expanded.
Product product_of(const json::Fields& node, const json::Fields& cluster) {
  Product product;
  product.gpus = node.int32("gpu_count").value_or(0);
  product.workshop = cluster.text("workshop_id", limits::id);
  if (const auto gpu = node.object("gpu")) {
    product.model = gpu->text("model", limits::id);
    product.family = family_of(product.model);
    product.memory_gb = gpu->int32("memory", 1);
    product.connection = ascii::lower(gpu->text("form_factor", limits::id));
  }
  const auto location = node.object("location");
  const auto provider = location ? location->object("provider") : std::nullopt;
  if (provider) product.cloud = provider->text("name", limits::id);
  return product;
}

/// The cluster and its first machine. Where they are bare IDs nothing is known, and nothing is wrong.
void read_cluster(const json::Fields& fields, LoopbackIs loopback, Instance& instance) {
  json::Findings ignored;
  const auto cluster = fields.reporting_to(ignored).object("cluster");
  if (!cluster) return;
  read_address(*cluster, loopback, instance);
  const auto nodes = cluster->objects("nodes", limits::rows_per_listing);
  if (nodes.empty()) return;
  instance.disk_size = read_disks(nodes.front());
  const auto location = nodes.front().object("location");
  if (instance.location.empty() && location) instance.location = location->text("name", limits::id);
  const Product product = product_of(nodes.front(), *cluster);
  if (!product.cloud.empty()) instance.cloud = product.cloud;
  if (instance.type.empty()) instance.type = type_name(product);
}

Instance read_fields(const json::Fields& fields, LoopbackIs loopback, bool is_stoppable) {
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = "launchpad";
  instance.cloud = fields.text("provider_name", limits::id);
  read_state(fields, instance);
  instance.type = read_tags(fields, instance);
  instance.location = fields.text("region", limits::id);
  instance.ssh_user = fields.text("ssh_user");
  if (instance.ssh_user.empty()) instance.ssh_user = "nvidia";
  const std::int32_t port = fields.int32("ssh_port").value_or(0);
  instance.ssh_port = port > 0 && port <= std::numeric_limits<std::uint16_t>::max() ? port : usual_ssh_port;
  instance.attributes.edit().internal_port_mappings = {{*instance.ssh_port, port_behind_bastion}};
  instance.created_at = fields.time("created");
  instance.is_stoppable = is_stoppable;
  instance.is_rebootable = false;
  read_cluster(fields, loopback, instance);
  // What is said of its region later could not change an ID without one.
  const bool is_placed = !instance.type.empty() && !instance.location.empty();
  if (is_placed) instance.instance_type_id = type_id(instance.location, instance.type);
  return instance;
}

}  // namespace

InstanceMapping deployment_mapping(bool is_stoppable) {
  return {"results", [is_stoppable](const json::Fields& fields, LoopbackIs loopback) {
            return read_fields(fields, loopback, is_stoppable);
          }};
}

bool is_own_tag(std::string_view key) {
  return our_tags.has(key) || key == order_tags::name || key == order_tags::type;
}

Result<Instance> read_deployment(std::string_view body, const InstanceMapping& mapping, LoopbackIs loopback,
                                 const std::optional<CloudId>& asked, Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, mapping, loopback, asked, now);
}

}  // namespace tally::launchpad
