// Single fields of requests: each is answered in its canonical form, or refused by name. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/abilities.hpp"
#include "cloud/instance.hpp"
#include "lifecycle/refusal.hpp"

namespace tally::lifecycle {

/// At most 53 of [A-Za-z0-9._-], a letter or digit at either end.
Checked<> check_ref_id(std::string_view ref_id);

/// Ports within 1 to 65535, the right way round; networks as CIDR with their host bits cleared. Answered without IDs.
/// `name` is the field's: "firewall_rules"; "": they are fields of the request itself.
Checked<FirewallRules> checked_firewall_rules(const FirewallRules& rules, const std::string& name);

/// Those to be revoked, each once.
Checked<std::vector<std::string>> checked_rule_ids(const std::vector<std::string>& ids);

Checked<> check_user_data(std::string_view base64);

/// Keys and values that people can read, within the bounds of the model, none of them a key of our own.
Checked<> check_tags(const std::map<std::string, std::string>& tags);
/// `before`: what the instance has.
Checked<> check_tag_changes(const TagChanges& changes, const std::map<std::string, std::string>& before);

/// Names as a shell takes them.
Checked<> check_environment(const std::map<std::string, std::string>& environment);

/// A text without what is not printable, within the model's bound.
Checked<> check_text(const std::string& name, std::string_view text);

}  // namespace tally::lifecycle
