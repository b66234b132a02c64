#include "api/lifecycle_bodies.hpp"

#include <limits>

#include "cloud/price_text.hpp"

namespace tally::api {
namespace {

constexpr std::int64_t any_size = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t largest_port = 65'535;
constexpr std::int64_t longest_life_s = 10LL * 366 * 24 * 3600;

std::optional<Bytes> size_in(Fields& fields, const std::string& name, Need need = Need::optional) {
  const auto count = fields.whole(name, 1, any_size, need);
  return count ? std::optional(Bytes(*count)) : std::nullopt;
}

/// What has no value is absent.
std::map<std::string, std::string> given_texts(Fields& fields, const std::string& name) {
  std::map<std::string, std::string> given;
  for (auto& [key, value] : fields.text_map(name)) {
    if (value) given.emplace(key, std::move(*value));
  }
  return given;
}

std::vector<FirewallRule> rules_in(Fields& fields, const std::string& name) {
  std::vector<FirewallRule> rules;
  fields.objects(name, [&rules](Fields& within) {
    FirewallRule& rule = rules.emplace_back();
    rule.from_port = static_cast<std::int32_t>(within.whole("from_port", 1, largest_port, Need::required).value_or(0));
    rule.to_port = static_cast<std::int32_t>(within.whole("to_port", 1, largest_port, Need::required).value_or(0));
    rule.ip_ranges = within.texts("ip_ranges", Need::required);
  });
  return rules;
}

FirewallRules firewall_in(Fields& fields) {
  FirewallRules rules;
  rules.ingress = rules_in(fields, "ingress");
  rules.egress = rules_in(fields, "egress");
  return rules;
}

std::vector<Disk> disks_in(Fields& fields, const std::string& name) {
  std::vector<Disk> disks;
  fields.objects(name, [&disks](Fields& within) {
    Disk& disk = disks.emplace_back();
    disk.size = size_in(within, "size_bytes", Need::required);
    disk.type = within.text("type");
    disk.mount_path = within.text("mount_path");
  });
  return disks;
}

std::optional<Money> price_in(Fields& fields, const std::string& name) {
  const std::string text = fields.text(name);
  if (text.empty()) return std::nullopt;
  const auto price = parse_price(text);
  if (!price) fields.fail(name, R"(must be a price per hour with its currency, such as "30 USD")");
  return price;
}

std::optional<std::chrono::seconds> life_in(Fields& fields) {
  const auto seconds = fields.whole("retire_in_s", 1, longest_life_s);
  return seconds ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt;
}

}  // namespace

CreateBody create_in(Fields& fields) {
  CreateBody body;
  CreateRequest& what = body.create.what;
  body.create.credential = CredentialRef(fields.text("credential", Need::required));
  what.ref_id = RefId(fields.text("ref_id", Need::required));
  what.type = fields.text("type", Need::required);
  what.location = fields.text("location", Need::required);
  what.public_key = fields.text("public_key", Need::required);
  what.name = fields.text("name");
  what.sub_location = fields.text("sub_location");
  what.is_spot = fields.flag("is_spot");
  what.image_id = fields.text("image_id");
  what.disk_size = size_in(fields, "disk_size_bytes");
  what.additional_disks = disks_in(fields, "additional_disks");
  what.uses_multi_attach_volume = fields.flag("use_multi_attach_volume");
  what.vpc_id = fields.text("vpc_id");
  what.subnet_id = fields.text("subnet_id");
  what.uses_persistent_ip = fields.flag("use_persistent_ip");
  fields.object("firewall_rules", [&what](Fields& within) { what.firewall = firewall_in(within); });
  what.key_pair_name = fields.text("key_pair_name");
  what.user_data_base64 = fields.text("user_data_base64");
  what.environment = given_texts(fields, "environment");
  what.tags = given_texts(fields, "tags");
  what.retire_in = life_in(fields);
  body.create.max_price = price_in(fields, "max_price");
  body.is_dry_run = fields.flag("dry_run");
  return body;
}

lifecycle::Request terminate_in(lifecycle::Machine machine, Fields& /*fields*/) {
  return lifecycle::Terminate{std::move(machine)};
}
lifecycle::Request stop_in(lifecycle::Machine machine, Fields& /*fields*/) {
  return lifecycle::Stop{std::move(machine)};
}
lifecycle::Request start_in(lifecycle::Machine machine, Fields& /*fields*/) {
  return lifecycle::Start{std::move(machine)};
}
lifecycle::Request reboot_in(lifecycle::Machine machine, Fields& /*fields*/) {
  return lifecycle::Reboot{std::move(machine)};
}

lifecycle::Request resize_in(lifecycle::Machine machine, Fields& fields) {
  lifecycle::Resize resize{std::move(machine), {}};
  resize.resize.size = size_in(fields, "disk_size_bytes", Need::required).value_or(Bytes());
  return resize;
}

lifecycle::Request tags_in(lifecycle::Machine machine, Fields& fields) {
  return lifecycle::UpdateTags{std::move(machine), fields.text_map("tags", Need::required)};
}

lifecycle::Request change_type_in(lifecycle::Machine machine, Fields& fields) {
  return lifecycle::ChangeType{std::move(machine), fields.text("type", Need::required)};
}

lifecycle::Request new_rules_in(lifecycle::Machine machine, Fields& fields) {
  lifecycle::AddFirewallRules add{std::move(machine), firewall_in(fields)};
  if (add.rules.ingress.empty() && add.rules.egress.empty() && fields.faults().empty()) {
    fields.fail("ingress", "has no rule, nor has \"egress\"");
  }
  return add;
}

lifecycle::Request revoked_rules_in(lifecycle::Machine machine, Fields& fields) {
  lifecycle::RevokeFirewallRules revoke{std::move(machine), fields.texts("rule_ids", Need::required)};
  if (revoke.rule_ids.empty() && fields.faults().empty()) fields.fail("rule_ids", "has no rule");
  return revoke;
}

/// Never is said, not left out: a forgotten field must not keep a machine for good.
lifecycle::Request retirement_in(lifecycle::Machine machine, Fields& fields) {
  if (!fields.has("retire_in_s")) fields.fail("retire_in_s", "is missing; null is never");
  return lifecycle::Retire{std::move(machine), life_in(fields)};
}

}  // namespace tally::api
