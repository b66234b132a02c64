// Lambda's firewall rulesets: only what may come in, over IPv4, each rule for one protocol. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/result.hpp"
#include "providers/guest/openings.hpp"

namespace tally::lambda {

struct RulesetRule {
  std::string protocol;                           // "tcp", "udp", "icmp", "all"
  std::optional<std::pair<int, int>> port_range;  // absent of icmp
  std::string source_network;                     // an address or a CIDR, as the vendor has it
  std::string description;

  bool operator==(const RulesetRule&) const = default;
};

/// Rulesets, the account's global one too, have no effect in one region.
bool has_rulesets(std::string_view region);

/// The vendor has no IDs for rules: "ingress:tcp:80-80:10.0.0.0/8".
std::string id_of(const RulesetRule& rule);

/// As the vendor takes them: TCP and UDP, each network by itself, each rule once. Refused: egress and IPv6
/// (not_implemented), what is no port or network.
Result<std::vector<RulesetRule>> ruleset_rules(const FirewallRules& rules);

/// The same and SSH, which is never locked out.
std::vector<RulesetRule> with_ssh(std::vector<RulesetRule> rules);

boost::json::array to_json(const std::vector<RulesetRule>& rules);
FirewallRules to_model(const std::vector<RulesetRule>& rules);

/// Of one ruleset: all that a create can ask for, and as many again. One with more is not read, so none is written.
inline constexpr std::size_t most_rules = 4 * most_openings;

struct Ruleset {
  std::string id;
  std::string name;
  std::vector<RulesetRule> rules;
};

/// GET, POST and PATCH /firewall-rulesets/{id}. Error when a rule cannot be read: whoever writes the others back would
/// remove it.
Result<Ruleset> read_ruleset(std::string_view body);

/// What rulesets that we make are called begins so.
inline constexpr std::string_view own_prefix = "tally";

/// The ID of the ruleset of that name in GET /firewall-rulesets; "": there is none.
Result<std::string> find_ruleset(std::string_view body, std::string_view name);

/// The ruleset of GET /firewall-rulesets that was made for that instance and is in force for no other; nothing: there
/// is none.
Result<std::optional<Ruleset>> find_own_ruleset(std::string_view body, std::string_view instance);

}  // namespace tally::lambda
