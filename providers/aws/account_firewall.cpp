// The rules of a machine's own security group. A group that others may share is not changed.
#include <algorithm>

#include "providers/aws/account.hpp"
#include "providers/aws/belongings.hpp"
#include "runtime/contains.hpp"

namespace tally::aws {
namespace {

/// Whether a rule is one of those permissions: networks are compared as they were sent, which is how EC2 keeps them.
bool is_one_of(const GroupRule& rule, const std::vector<Permission>& ingress, const std::vector<Permission>& egress) {
  const std::vector<Permission>& wanted = rule.is_egress ? egress : ingress;
  return contains(wanted, rule.permission);
}

}  // namespace

/// The group that the machine's own create made, of the machine's groups: a machine that was made like it, in the same
/// group, has another token.
Task<std::string> AwsAccount::group_of(Operation operation, RegionPtr region, CloudId id) {
  const Result<Machine> machine = co_await machine_of(operation, region, id);
  if (!machine) co_return tl::unexpected(not_yet(id, machine.error()));
  const std::string& token = machine->client_token;
  for (const SecurityGroup& group : machine->groups) {
    if (!token.empty() && group.name == belongings_name(token)) co_return group.id;
  }
  co_return tl::unexpected(client_.refusal(
      operation, Errc::conflict, "the machine has no security group of its own: others may share the one that it has"));
}

Task<std::vector<GroupRule>> AwsAccount::rules_of(Operation operation, RegionPtr region, std::string group) {
  Query query("DescribeSecurityGroupRules");
  query.filter("group-id", std::vector<std::string>(1, group)).set("MaxResults", "1000");
  std::vector<GroupRule> rules;
  const Result<> read = co_await client_.ask_pages(
      operation, region->name, std::move(query),
      [&](std::string body, WorkLimit limit) { return read_group_rules(std::move(body), limit, rules); });
  if (!read) co_return tl::unexpected(read.error());
  co_return rules;
}

Task<FirewallRules> AwsAccount::firewall_rules(InstanceRef instance) {
  constexpr Operation operation = operations::list_firewall_rules;
  const Result<RegionPtr> region = region_of(operation, instance);
  if (!region) co_return tl::unexpected(region.error());
  const Result<std::string> group = co_await group_of(operation, *region, instance.cloud_id);
  if (!group) co_return tl::unexpected(group.error());
  const Result<std::vector<GroupRule>> rules = co_await rules_of(operation, *region, *group);
  if (!rules) co_return tl::unexpected(rules.error());
  co_return firewall_rules_of(*rules);
}

Task<FirewallRules> AwsAccount::add_firewall_rules(InstanceRef instance, FirewallRules rules) {
  constexpr Operation operation = operations::add_firewall_rules;
  const Result<RegionPtr> region = region_of(operation, instance);
  if (!region) co_return tl::unexpected(region.error());
  const Result<std::vector<Opening>> openings = openings_of(rules);
  if (!openings) {
    co_return tl::unexpected(client_.refusal(operation, openings.error().kind, openings.error().message));
  }
  const Result<std::string> group = co_await group_of(operation, *region, instance.cloud_id);
  if (!group) co_return tl::unexpected(group.error());
  const std::vector<Permission> ingress = permissions_of(*openings, Opening::Way::in);
  const std::vector<Permission> egress = permissions_of(*openings, Opening::Way::out);
  bool is_any_added = false;
  for (const Opening::Way way : {Opening::Way::in, Opening::Way::out}) {
    const std::vector<Permission>& permissions = way == Opening::Way::in ? ingress : egress;
    if (permissions.empty()) continue;
    const Result<bool> added = co_await authorize(operation, *region, *group, way, permissions);
    if (!added) {
      Error error = added.error();
      if (is_any_added) error.certainty = Certainty::partly;
      co_return tl::unexpected(std::move(error));
    }
    is_any_added = is_any_added || *added;
  }
  if (!is_any_added && !openings->empty()) {
    co_return tl::unexpected(client_.refusal(operation, Errc::duplicate_firewall_rule, "all of the rules are there"));
  }
  Result<std::vector<GroupRule>> all = co_await rules_of(operation, *region, *group);
  if (!all) co_return rules;  // they are there; only their IDs are not known yet
  std::erase_if(*all, [&](const GroupRule& rule) { return !is_one_of(rule, ingress, egress); });
  co_return firewall_rules_of(*all);
}

Task<> AwsAccount::revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) {
  constexpr Operation operation = operations::revoke_firewall_rules;
  const Result<RegionPtr> region = region_of(operation, instance);
  if (!region) co_return tl::unexpected(region.error());
  const Result<std::string> group = co_await group_of(operation, *region, instance.cloud_id);
  if (!group) co_return tl::unexpected(group.error());
  const Result<std::vector<GroupRule>> known = co_await rules_of(operation, *region, *group);
  if (!known) co_return tl::unexpected(known.error());
  bool is_first = true;
  for (const bool is_egress : {false, true}) {
    // A rule that is not there is what was asked for.
    std::vector<std::string> ids;
    for (const GroupRule& rule : *known) {
      if (rule.is_egress == is_egress && std::count(rule_ids.begin(), rule_ids.end(), rule.id) > 0)
        ids.push_back(rule.id);
    }
    if (ids.empty()) continue;
    Query query(is_egress ? "RevokeSecurityGroupEgress" : "RevokeSecurityGroupIngress");
    query.set("GroupId", *group).list("SecurityGroupRuleId", ids);
    const Result<> done = co_await client_.perform(operation, changing((*region)->name, query, Repeat::idempotent));
    const bool is_gone = !done && done.error().kind == Errc::resource_not_found;
    if (!done && !is_gone) {
      Error error = done.error();
      if (!is_first && error.certainty == Certainty::nothing_happened) error.certainty = Certainty::partly;
      co_return tl::unexpected(std::move(error));
    }
    is_first = false;
  }
  co_return Result<>();
}

}  // namespace tally::aws
