#include "lifecycle/field_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <set>

#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"
#include "runtime/base64.hpp"
#include "runtime/contains.hpp"
#include "runtime/text.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::int32_t greatest_port = 65535;
constexpr std::size_t most_rules = 256;
constexpr std::size_t most_tags = 240;  // of their owner: what is ours comes beside them, within tags_per_instance
constexpr std::string_view our_tag_prefix = "tallyd-";

/// The network with its host bits cleared; "" when the text is none.
std::string canonical_network(const std::string& text) {
  if (text.find('%') != std::string::npos) return {};  // a zone, which means something on one machine only
  boost::system::error_code failure;
  const auto v4 = boost::asio::ip::make_network_v4(text, failure);
  if (!failure) return v4.canonical().to_string();
  const auto v6 = boost::asio::ip::make_network_v6(text, failure);
  return failure ? std::string() : v6.canonical().to_string();
}

Checked<std::vector<FirewallRule>> checked_rules(const std::vector<FirewallRule>& rules, const std::string& name) {
  if (rules.size() > most_rules) return invalid(name, fmt::format("has more than {} rules", most_rules));
  std::vector<FirewallRule> checked;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const FirewallRule& rule = rules[i];
    const std::string at = fmt::format("{}[{}]", name, i);
    if (rule.from_port < 1 || rule.from_port > greatest_port)
      return invalid(at + ".from_port", "is no port: 1 to 65535");
    if (rule.to_port < rule.from_port || rule.to_port > greatest_port) {
      return invalid(at + ".to_port", "is no port: from_port to 65535");
    }
    std::set<std::string> networks;
    if (rule.ip_ranges.size() > most_rules)
      return invalid(at + ".ip_ranges", fmt::format("has more than {}", most_rules));
    for (std::size_t k = 0; k < rule.ip_ranges.size(); ++k) {
      const std::string network = canonical_network(rule.ip_ranges[k]);
      if (network.empty()) {
        return invalid(fmt::format("{}.ip_ranges[{}]", at, k), "is no network, such as 192.0.2.0/24 or 2001:db8::/32");
      }
      networks.insert(network);
    }
    checked.push_back({"", rule.from_port, rule.to_port, {networks.begin(), networks.end()}});
  }
  return checked;
}

Checked<> check_tag(const std::string& key, const std::string& value) {
  const std::string at = "tags." + printable(key, limits::id);
  if (key.empty()) return invalid("tags", "has an empty key");
  if (key.size() > limits::id) return invalid(at, "has a key of more than 256 bytes");
  if (printable(key, key.size()) != key) return invalid(at, "has a key with characters that are not text");
  std::string lower = key.substr(0, our_tag_prefix.size());
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (lower == our_tag_prefix) return invalid(at, "is one of tallyd's own tags");
  if (value.size() > limits::text) return invalid(at, "has more than 1 KiB");
  if (printable(value, value.size()) != value) return invalid(at, "has characters that are not text");
  return {};
}

}  // namespace

Checked<> check_ref_id(std::string_view ref_id) {
  if (is_ref_id(ref_id)) return {};
  return invalid("ref_id", fmt::format("must be {}", ref_id_form));
}

Checked<FirewallRules> checked_firewall_rules(const FirewallRules& rules, const std::string& name) {
  FirewallRules checked;
  const std::string within = name.empty() ? "" : name + ".";
  auto ingress = checked_rules(rules.ingress, within + "ingress");
  if (!ingress) return tl::unexpected(ingress.error());
  auto egress = checked_rules(rules.egress, within + "egress");
  if (!egress) return tl::unexpected(egress.error());
  checked.ingress = std::move(*ingress);
  checked.egress = std::move(*egress);
  return checked;
}

Checked<std::vector<std::string>> checked_rule_ids(const std::vector<std::string>& ids) {
  if (ids.empty()) return invalid("rule_ids", "is empty");
  if (ids.size() > most_rules) return invalid("rule_ids", fmt::format("has more than {}", most_rules));
  std::vector<std::string> unique;
  for (const std::string& id : ids) {
    if (id.empty() || id.size() > limits::id || printable(id, id.size()) != id) {
      return invalid("rule_ids", "has one that is no ID of a rule: " + printable(id, limits::id));
    }
    if (!contains(unique, id)) unique.push_back(id);
  }
  return unique;
}

Checked<> check_user_data(std::string_view base64) {
  if (base64.empty()) return {};
  const std::optional<std::string> bytes = from_base64(base64);
  if (!bytes) return invalid("user_data_base64", "is no base64 (with padding, without line breaks)");
  if (bytes->size() > limits::user_data) return invalid("user_data_base64", "holds more than 64 KiB");
  return {};
}

Checked<> check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > most_tags) return invalid("tags", fmt::format("has more than {} keys", most_tags));
  for (const auto& [key, value] : tags) {
    if (auto checked = check_tag(key, value); !checked) return checked;
  }
  return {};
}

Checked<> check_tag_changes(const TagChanges& changes, const std::map<std::string, std::string>& before) {
  if (changes.empty()) return invalid("tags", "is empty: nothing would change");
  if (changes.size() > limits::tags_per_instance) return invalid("tags", "has more than 256 keys");
  std::size_t after = before.size();
  for (const auto& [key, value] : changes) {
    if (auto checked = check_tag(key, value.value_or("")); !checked) return checked;
    if (value && !before.contains(key)) ++after;
    if (!value && before.contains(key)) --after;
  }
  if (after > most_tags && after > before.size()) {
    return invalid("tags", fmt::format("would be {} keys of the instance, more than {}", after, most_tags));
  }
  return {};
}

Checked<> check_environment(const std::map<std::string, std::string>& environment) {
  if (environment.size() > limits::tags_per_instance) return invalid("environment", "has more than 256 names");
  for (const auto& [name, value] : environment) {
    const bool is_name =
        !name.empty() && name.size() <= limits::id && !ascii::is_digit(name[0]) &&
        std::all_of(name.begin(), name.end(), [](char c) { return ascii::is_letter_or_digit(c) || c == '_'; });
    if (!is_name)
      return invalid("environment", "has a name that is none: letters, digits and underscores, no digit first");
    if (value.size() > limits::description) return invalid("environment." + name, "has more than 4 KiB");
    if (!is_utf8(value) || value.find('\0') != std::string::npos) return invalid("environment." + name, "is no text");
  }
  return {};
}

Checked<> check_text(const std::string& name, std::string_view text) {
  if (text.size() > limits::id) return invalid(name, "has more than 256 bytes");
  if (printable(text, text.size()) != text) return invalid(name, "has characters that are not text");
  return {};
}

}  // namespace tally::lifecycle
