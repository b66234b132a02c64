#include <array>

#include "net/json_rows.hpp"
#include "providers/template/mapping.hpp"
#include "runtime/contains.hpp"

namespace tally::template_api {
namespace {

/// The vendor's words are ours, but not all of ours are the vendor's. One that is not here has no meaning for us and
/// keeps the last known state.
std::optional<LifecycleStatus> status_of(std::string_view word) {
  constexpr std::array known = {LifecycleStatus::pending, LifecycleStatus::running,     LifecycleStatus::stopping,
                                LifecycleStatus::stopped, LifecycleStatus::terminating, LifecycleStatus::terminated,
                                LifecycleStatus::failed};
  const auto status = lifecycle_status_from(word);
  if (!status || !contains(known, *status)) return std::nullopt;
  return status;
}

void read_tags(const json::Fields& fields, Instance& instance) {
  for (const auto& [key, value] : fields.text_map("tags", limits::tags_per_instance)) {
    add_tag(instance, our_tags, key, value);
  }
}

Instance read_fields(const json::Fields& fields, LoopbackIs loopback) {
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "template";
  instance.name = fields.text("name");
  instance.provider_status = fields.required_text("status");
  instance.status = status_of(instance.provider_status);
  instance.status_message = fields.text("status_message");
  instance.location = fields.required_text("region");
  instance.type = fields.required_text("type");
  instance.instance_type_id = make_instance_type_id(instance);
  instance.public_ip = instance_address(fields.text("public_ip"), loopback);
  instance.private_ip = instance_address(fields.text("private_ip"), loopback);
  instance.ssh_user = fields.text("ssh_user");
  instance.ssh_port = fields.int32("ssh_port", 1);
  instance.image_id = fields.text("image", limits::id);
  instance.disk_size = fields.bytes("disk_gib", ByteUnit::gibibyte);
  instance.is_stoppable = true;
  instance.is_rebootable = true;
  instance.is_spot = fields.flag("spot").value_or(false);
  if (const auto currency = Currency::from_code(fields.text("currency"))) {
    instance.price = fields.price("hourly_price");
    if (instance.price) instance.price->currency = *currency;
  }
  instance.created_at = fields.time("created_at");
  read_tags(fields, instance);
  return instance;
}

/// Reads one row with what `read(json::Fields)` makes of it, and nothing that it could not read.
template <class Read>
auto read_whole(std::string_view row, Read read) -> Result<decltype(read(std::declval<json::Fields>()))> {
  json::RowReader reader;
  if (reader.parse(row) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("a row is " + reader.findings().fault));
  }
  auto value = read(reader.fields().deciding());
  if (!reader.findings().fault.empty()) return tl::unexpected(json::bad_reply(reader.findings().fault));
  return value;
}

/// Adds a rule to the others of its direction.
void add_rule(const json::Fields& fields, FirewallRules& rules) {
  FirewallRule rule;
  rule.id = fields.required_text("id");
  rule.from_port = fields.int32("from_port", 1).value_or(0);
  rule.to_port = fields.int32("to_port", 1).value_or(0);
  rule.ip_ranges = {fields.required_text("range")};
  const std::string direction = fields.text("direction");
  const bool is_ingress = direction == "ingress";
  if (!is_ingress && direction != "egress") fields.report("direction", "is neither ingress nor egress");
  if (rule.from_port == 0 || rule.to_port == 0) fields.report("from_port", "or to_port is missing");
  (is_ingress ? rules.ingress : rules.egress).push_back(std::move(rule));
}

}  // namespace

InstanceMapping instance_mapping() { return {"instances", read_fields}; }

Result<Instance> read_instance(std::string_view body, LoopbackIs loopback, const std::optional<CloudId>& asked,
                               Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, instance_mapping(), loopback, asked, now);
}

Result<std::map<std::string, std::string>> read_all_tags(std::string_view body, const CloudId& asked) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  CloudId id;
  auto tags = read_whole(*row, [&id](const json::Fields& fields) {
    id = read_cloud_id(fields);
    return fields.text_map("tags", limits::tags_per_instance);
  });
  if (!tags) return tags;
  if (const Result<> is_its = check_asked(id, asked); !is_its) return tl::unexpected(is_its.error());
  return tags;
}

Result<FirewallRules> read_rules(const std::vector<std::string>& pages, WorkLimit limit) {
  FirewallRules rules;
  for (const std::string& page : pages) {
    const auto rows = json::split_rows(page, "firewall_rules", json::Container::list, limit);
    if (!rows) return tl::unexpected(rows.error());
    for (const json::RawRow& row : *rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      const auto added = read_whole(row.text, [&rules](const json::Fields& fields) {
        add_rule(fields, rules);
        return true;
      });
      if (!added) return tl::unexpected(added.error());
    }
  }
  return rules;
}

Result<FirewallRules> read_rule(std::string_view body) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_whole(*row, [](const json::Fields& fields) {
    FirewallRules rules;
    add_rule(fields, rules);
    return rules;
  });
}

}  // namespace tally::template_api
