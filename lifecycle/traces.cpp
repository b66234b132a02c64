#include "lifecycle/traces.hpp"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "runtime/number.hpp"
#include "runtime/sha256.hpp"

namespace tally::lifecycle {
namespace {

constexpr char shown_mark = '+';
constexpr char hidden_mark = '-';
constexpr char disk_mark = '>';

std::string digest_of_key(const std::string& key) { return sha256_hex("tag " + key); }
std::string digest_of_tag(const std::string& key, const std::string& value) {
  return sha256_hex("tag " + std::to_string(key.size()) + " " + key + "=" + value);
}
std::string digest_of_rule(const std::string& id) { return sha256_hex("rule " + id); }

/// Port ranges and networks one by one: vendors put them together as they like.
std::vector<std::string> digests_of_rules(const FirewallRules& rules) {
  std::vector<std::string> digests;
  const auto add = [&digests](const char* direction, const std::vector<FirewallRule>& all) {
    for (const FirewallRule& rule : all) {
      const std::string of_ports = fmt::format("{} {}-{} ", direction, rule.from_port, rule.to_port);
      const std::vector<std::string> anywhere = {"0.0.0.0/0"};
      for (const std::string& range : rule.ip_ranges.empty() ? anywhere : rule.ip_ranges) {
        digests.push_back(sha256_hex(of_ports + range));
      }
    }
  };
  add("ingress", rules.ingress);
  add("egress", rules.egress);
  return digests;
}

std::set<std::string> shown_by(const Instance& machine) {
  std::set<std::string> digests;
  for (const auto& [key, value] : machine.tags) {
    digests.insert(digest_of_key(key));
    digests.insert(digest_of_tag(key, value));
  }
  const FirewallRules rules{machine.attributes->ingress_rules, machine.attributes->egress_rules};
  for (std::string& digest : digests_of_rules(rules)) digests.insert(std::move(digest));
  for (const auto* all : {&rules.ingress, &rules.egress}) {
    for (const FirewallRule& rule : *all) digests.insert(digest_of_rule(rule.id));
  }
  return digests;
}

bool shows(const std::string& traces, const Instance& machine) {
  const std::set<std::string> shown = shown_by(machine);
  std::istringstream lines(traces);
  for (std::string line; std::getline(lines, line);) {
    const std::string what = line.substr(1);
    if (line.front() == disk_mark) {
      const auto size = parse_number<std::int64_t>(what);
      if (!size || !machine.disk_size || machine.disk_size->count() < *size) return false;
    } else if (shown.contains(what) != (line.front() == shown_mark)) {
      return false;
    }
  }
  return !traces.empty();
}

}  // namespace

std::string traces_of(const Request& request) {
  std::string traces;
  const auto add = [&traces](char sign, const std::string& what) { traces += sign + what + "\n"; };
  if (const auto* resize = std::get_if<Resize>(&request)) add(disk_mark, std::to_string(resize->resize.size.count()));
  if (const auto* tags = std::get_if<UpdateTags>(&request)) {
    for (const auto& [key, value] : tags->changes) {
      value ? add(shown_mark, digest_of_tag(key, *value)) : add(hidden_mark, digest_of_key(key));
    }
  }
  if (const auto* rules = std::get_if<AddFirewallRules>(&request)) {
    for (const std::string& digest : digests_of_rules(rules->rules)) add(shown_mark, digest);
  }
  if (const auto* revoke = std::get_if<RevokeFirewallRules>(&request)) {
    for (const std::string& id : revoke->rule_ids) add(hidden_mark, digest_of_rule(id));
  }
  return traces;
}

bool can_be_seen(OperationKind kind) { return kind != OperationKind::reboot; }

bool shows_done(const OperationRecord& operation, const std::string& traces, const Instance& machine) {
  switch (operation.kind) {
    case OperationKind::stop:
      return machine.status == LifecycleStatus::stopping || machine.status == LifecycleStatus::stopped;
    case OperationKind::start:
      return machine.status == LifecycleStatus::pending || machine.status == LifecycleStatus::running;
    case OperationKind::change_type: return machine.type == operation.type;
    default: return shows(traces, machine);
  }
}

}  // namespace tally::lifecycle
