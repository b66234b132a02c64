#include "providers/aws/belongings.hpp"

#include "net/json_rows.hpp"
#include "providers/aws/xml.hpp"
#include "runtime/number.hpp"

namespace tally::aws {
namespace {

constexpr std::int32_t last_port = 65535;

/// -1 stands for all of them.
std::int32_t port_of(const Fields& fields, const char* name, std::int32_t all) {
  const std::string text = fields.text(name, limits::id);
  const auto port = parse_number<std::int32_t>(text);
  return port && *port >= 0 && *port <= last_port ? *port : all;
}

/// The first row of a list.
Result<pugi::xml_node> first_row(const Document& document, std::string_view list) {
  const auto rows = document.rows_of(list);
  if (rows.empty()) return tl::unexpected(json::bad_reply("it does not have what was asked for"));
  return rows.front();
}

}  // namespace

Result<std::string> read_made(std::string body, std::string_view root, std::string_view field) {
  const Result<Document> answer = Document::parse(std::move(body), root);
  if (!answer) return tl::unexpected(answer.error());
  json::Findings findings;
  std::string id = answer->fields(findings).text(field, limits::id);
  if (id.empty()) return tl::unexpected(json::bad_reply("no ID of what was made"));
  return id;
}

Result<std::optional<std::string>> read_subnets(std::string body, WorkLimit limit, std::vector<Network>& subnets) {
  const Result<Document> page = Document::parse(std::move(body), "DescribeSubnetsResponse");
  if (!page) return tl::unexpected(page.error());
  for (const pugi::xml_node row : page->rows_of("subnetSet")) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    json::Findings findings;
    const Fields fields(row, findings);
    Network network{fields.text("vpcId", limits::id), fields.text("subnetId", limits::id),
                    fields.text("availabilityZone", limits::id)};
    if (!network.vpc.empty() && !network.subnet.empty()) subnets.push_back(std::move(network));
  }
  return page->next_token();
}

Result<KeyPair> read_key_pair(std::string body) {
  const Result<Document> answer = Document::parse(std::move(body), "DescribeKeyPairsResponse");
  if (!answer) return tl::unexpected(answer.error());
  const Result<pugi::xml_node> row = first_row(*answer, "keySet");
  if (!row) return tl::unexpected(row.error());
  json::Findings findings;
  const Fields fields(*row, findings);
  return KeyPair{fields.text("keyPairId", limits::id), fields.text("publicKey", limits::public_key)};
}

Result<std::string> read_group_id(std::string body) {
  const Result<Document> answer = Document::parse(std::move(body), "DescribeSecurityGroupsResponse");
  if (!answer) return tl::unexpected(answer.error());
  const auto rows = answer->rows_of("securityGroupInfo");
  if (rows.empty()) return std::string();
  json::Findings findings;
  std::string id = Fields(rows.front(), findings).text("groupId", limits::id);
  if (id.empty()) return tl::unexpected(json::bad_reply("the group has no ID"));
  return id;
}

Result<std::optional<std::string>> read_group_rules(std::string body, WorkLimit limit, std::vector<GroupRule>& rules) {
  const Result<Document> page = Document::parse(std::move(body), "DescribeSecurityGroupRulesResponse");
  if (!page) return tl::unexpected(page.error());
  for (const pugi::xml_node row : page->rows_of("securityGroupRuleSet")) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    json::Findings findings;
    const Fields fields(row, findings);
    GroupRule rule;
    rule.id = fields.text("securityGroupRuleId", limits::id);
    rule.is_egress = fields.flag("isEgress").value_or(false);
    rule.permission.protocol = fields.text("ipProtocol", limits::id);
    rule.permission.from_port = port_of(fields, "fromPort", 1);
    rule.permission.to_port = port_of(fields, "toPort", last_port);
    rule.permission.network = fields.text("cidrIpv4", limits::id);
    if (rule.permission.network.empty()) rule.permission.network = fields.text("cidrIpv6", limits::id);
    const std::string& protocol = rule.permission.protocol;
    const bool is_shown = protocol == "tcp" || protocol == "udp" || protocol == "-1";
    if (is_shown && !rule.id.empty() && !rule.permission.network.empty()) rules.push_back(std::move(rule));
    if (rules.size() > limits::rows_per_listing) return tl::unexpected(json::bad_reply("more rules than anybody has"));
  }
  return page->next_token();
}

FirewallRules firewall_rules_of(const std::vector<GroupRule>& rules) {
  FirewallRules all;
  for (const GroupRule& rule : rules) {
    FirewallRule one;
    one.id = rule.id;
    one.from_port = rule.permission.from_port;
    one.to_port = rule.permission.to_port;
    one.ip_ranges = {rule.permission.network};
    (rule.is_egress ? all.egress : all.ingress).push_back(std::move(one));
  }
  return all;
}

Result<std::string> read_begun(std::string body) {
  const Result<Document> answer = Document::parse(std::move(body), "ModifyVolumeResponse");
  if (!answer) return tl::unexpected(answer.error());
  json::Findings findings;
  return answer->fields(findings).text("volumeModification/modificationState", limits::id);
}

Result<std::string> read_modification(std::string body) {
  const Result<Document> answer = Document::parse(std::move(body), "DescribeVolumesModificationsResponse");
  if (!answer) return tl::unexpected(answer.error());
  const auto rows = answer->rows_of("volumeModificationSet");
  if (rows.empty()) return std::string();
  json::Findings findings;
  return Fields(rows.back(), findings).text("modificationState", limits::id);
}

}  // namespace tally::aws
