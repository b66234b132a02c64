#include "providers/launchpad/allow_list.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <set>

#include "providers/guest/refusal.hpp"

namespace tally::launchpad {
namespace {

namespace ip = boost::asio::ip;

constexpr std::int32_t last_port = 65535;
constexpr std::string_view parameter = "firewall_rules";

/// A range as one address: "192.0.2.1", "192.0.2.1/32", "2001:db8::1/128".
struct Range {
  std::optional<ip::address> base;  // nothing: it is no range
  bool is_one = false;
};

Range read_range(const std::string& text) {
  Range range;
  const std::size_t slash = text.find('/');
  boost::system::error_code failure;
  const ip::address base = ip::make_address(text.substr(0, slash), failure);
  if (failure) return range;
  const int longest = base.is_v4() ? 32 : 128;
  const std::string length = slash == std::string::npos ? std::to_string(longest) : text.substr(slash + 1);
  const bool is_number =
      !length.empty() && length.size() <= 3 && length.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoi(length) > longest) return range;
  range.base = base;
  range.is_one = std::stoi(length) == longest;
  return range;
}

}  // namespace

Result<std::vector<std::string>> allow_list_of(const FirewallRules& rules, const Settings& settings) {
  if (rules == FirewallRules()) return std::vector<std::string>();
  const auto refuse = [](Errc kind, std::string_view where, std::string_view why) {
    return tl::unexpected(refused(kind, where, why));
  };
  const bool is_strict = !settings.allows_unenforceable_firewall;
  if (is_strict && !rules.egress.empty()) {
    return refuse(Errc::not_implemented, "firewall_rules.egress", "cannot be said here: only who may come in can be");
  }
  std::set<std::string> allowed;
  for (std::size_t i = 0; i < rules.ingress.size(); ++i) {
    const FirewallRule& rule = rules.ingress[i];
    const std::string where = fmt::format("{}.ingress[{}]", parameter, i);
    if (rule.from_port < 1 || rule.from_port > rule.to_port || rule.to_port > last_port) {
      return refuse(Errc::invalid_request, where + ".from_port", "and to_port are no ports");
    }
    if (is_strict && (rule.from_port != 1 || rule.to_port != last_port)) {
      return refuse(Errc::not_implemented, where,
                    "cannot be for some ports only: an allow-list here is for 1 to 65535");
    }
    if (is_strict && rule.ip_ranges.empty()) {
      return refuse(Errc::not_implemented, where + ".ip_ranges", "must name addresses: anybody cannot be said here");
    }
    for (const std::string& text : rule.ip_ranges) {
      const Range range = read_range(text);
      if (!range.base) return refuse(Errc::invalid_request, where + ".ip_ranges", "holds what is no range");
      if (is_strict && !range.is_one) {
        return refuse(Errc::not_implemented, where + ".ip_ranges", "can only hold single addresses here (/32 or /128)");
      }
      if (range.is_one) allowed.insert(range.base->to_string());
    }
  }
  if (settings.control_addresses.empty()) {
    return refuse(Errc::invalid_request, parameter,
                  "would lock this host out: the option `control_addresses` must say how machines see it");
  }
  for (const std::string& text : settings.control_addresses) {
    const Range range = read_range(text);
    if (!range.is_one || !range.base) {
      return refuse(Errc::invalid_request, parameter, "cannot be set: the option `control_addresses` holds no address");
    }
    allowed.insert(range.base->to_string());
  }
  return std::vector<std::string>(allowed.begin(), allowed.end());
}

}  // namespace tally::launchpad
