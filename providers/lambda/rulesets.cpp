#include "providers/lambda/rulesets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/guest/refusal.hpp"

namespace tally::lambda {
namespace {

constexpr std::string_view everybody = "0.0.0.0/0";

std::pair<int, int> ports_of(const RulesetRule& rule) { return rule.port_range.value_or(std::pair(0, 0)); }

/// Nothing for what is no rule.
std::optional<RulesetRule> read_rule(const json::Fields& fields) {
  RulesetRule rule;
  rule.protocol = fields.text("protocol");
  rule.source_network = fields.text("source_network");
  rule.description = fields.text("description");
  if (fields.has("port_range")) {
    const std::vector<std::int64_t> ports = fields.integers("port_range", 2);
    if (ports.size() != 2 || ports[0] > 65535 || ports[1] > 65535) return std::nullopt;
    rule.port_range = std::pair(static_cast<int>(ports[0]), static_cast<int>(ports[1]));
  }
  if (rule.protocol.empty() || rule.source_network.empty()) return std::nullopt;
  return rule;
}

Result<Ruleset> read_row(json::RowReader& reader) {
  const json::Fields fields = reader.fields();
  Ruleset ruleset;
  ruleset.id = fields.text("id", limits::id);
  if (ruleset.id.empty()) return tl::unexpected(json::bad_reply("a ruleset has no `id`"));
  ruleset.name = fields.text("name");
  for (const json::Fields& given : fields.objects("rules", most_rules)) {
    std::optional<RulesetRule> rule = read_rule(given);
    if (!rule) return tl::unexpected(json::bad_reply("a rule of the ruleset cannot be read"));
    ruleset.rules.push_back(std::move(*rule));
  }
  if (!reader.findings().odd.empty() || !reader.findings().fault.empty()) {
    return tl::unexpected(json::bad_reply("the ruleset cannot be read whole"));
  }
  return ruleset;
}

}  // namespace

bool has_rulesets(std::string_view region) { return region != "us-south-1"; }

std::string id_of(const RulesetRule& rule) {
  const auto [from, to] = ports_of(rule);
  return fmt::format("ingress:{}:{}-{}:{}", rule.protocol, from, to, rule.source_network);
}

Result<std::vector<RulesetRule>> ruleset_rules(const FirewallRules& rules) {
  if (!rules.egress.empty()) {
    return tl::unexpected(refused(Errc::not_implemented, "firewall_rules.egress", "cannot be had: only ingress can"));
  }
  const Result<std::vector<Opening>> openings = openings_of(rules);
  if (!openings) return tl::unexpected(openings.error());
  std::vector<RulesetRule> list;
  for (const Opening& opening : *openings) {
    if (opening.family == Opening::Family::v6) {
      return tl::unexpected(refused(Errc::not_implemented, "firewall_rules.ingress", "cannot name IPv6 networks"));
    }
    for (const char* protocol : {"tcp", "udp"}) {
      list.push_back({protocol, std::pair<int, int>(opening.from_port, opening.to_port),
                      opening.network.empty() ? std::string(everybody) : opening.network, ""});
    }
  }
  return list;
}

std::vector<RulesetRule> with_ssh(std::vector<RulesetRule> rules) {
  RulesetRule ssh{"tcp", std::pair(22, 22), std::string(everybody), "SSH"};
  const auto is_ssh = [&ssh](const RulesetRule& rule) { return id_of(rule) == id_of(ssh); };
  if (std::none_of(rules.begin(), rules.end(), is_ssh)) rules.insert(rules.begin(), std::move(ssh));
  return rules;
}

boost::json::array to_json(const std::vector<RulesetRule>& rules) {
  boost::json::array list;
  for (const RulesetRule& rule : rules) {
    boost::json::object row{
        {"protocol", rule.protocol}, {"source_network", rule.source_network}, {"description", rule.description}};
    if (rule.port_range) row["port_range"] = boost::json::array{rule.port_range->first, rule.port_range->second};
    list.push_back(std::move(row));
  }
  return list;
}

FirewallRules to_model(const std::vector<RulesetRule>& rules) {
  FirewallRules model;
  for (const RulesetRule& rule : rules) {
    const auto [from, to] = ports_of(rule);
    model.ingress.push_back({id_of(rule), from, to, {rule.source_network}});
  }
  return model;
}

Result<Ruleset> read_ruleset(std::string_view body) {
  WorkLimit limit;
  const Result<std::string_view> row = json::single_row(body, "data", limit);
  if (!row) return tl::unexpected(row.error());
  json::RowReader reader;
  if (reader.parse(*row) != json::RowReader::Kind::good) return tl::unexpected(json::bad_reply("no JSON object"));
  return read_row(reader);
}

Result<std::string> find_ruleset(std::string_view body, std::string_view name) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, "data", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
    if (reader.fields().text("name") == name) return reader.fields().text("id", limits::id);
  }
  return std::string();
}

Result<std::optional<Ruleset>> find_own_ruleset(std::string_view body, std::string_view instance) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, "data", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
    const std::vector<std::string> instances = reader.fields().texts("instance_ids", limits::rows_per_listing);
    if (instances.size() != 1 || instances.front() != instance) continue;
    if (!reader.fields().text("name").starts_with(own_prefix)) continue;
    Result<Ruleset> own = read_row(reader);
    if (!own) return tl::unexpected(own.error());
    return std::optional<Ruleset>(std::move(*own));
  }
  return std::optional<Ruleset>();
}

}  // namespace tally::lambda
