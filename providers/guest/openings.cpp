#include "providers/guest/openings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <limits>
#include <optional>

#include "providers/guest/refusal.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t longest_network = 64;  // the longest address and its prefix are shorter
constexpr std::size_t quoted = 40;

bool is_port(std::int32_t number) { return number >= 1 && number <= std::numeric_limits<std::uint16_t>::max(); }

/// Nothing for what is no network; an IPv6 address with a scope has no meaning elsewhere.
bool read_network(const std::string& text, Opening& opening) {
  if (text.size() > longest_network || text.find('%') != std::string::npos) return false;
  boost::system::error_code failure;
  const ip::network_v4 v4 = ip::make_network_v4(text, failure);
  if (!failure) {
    opening.family = Opening::Family::v4;
    opening.network = v4.canonical().to_string();
    return true;
  }
  const ip::network_v6 v6 = ip::make_network_v6(text, failure);
  if (failure || v6.address().is_v4_mapped()) return false;
  opening.family = Opening::Family::v6;
  opening.network = v6.canonical().to_string();
  return true;
}

std::optional<Error> read_rule(const FirewallRule& rule, Opening::Way way, const std::string& parameter,
                               std::vector<Opening>& openings) {
  const auto refuse = [&parameter](const std::string& part, const std::string& why) {
    return refused(Errc::invalid_request, parameter + part, why);
  };
  if (!is_port(rule.from_port))
    return refuse(".from_port", fmt::format("is {}, which is no port (1 to 65535)", rule.from_port));
  if (!is_port(rule.to_port))
    return refuse(".to_port", fmt::format("is {}, which is no port (1 to 65535)", rule.to_port));
  if (rule.to_port < rule.from_port) {
    return refuse(".to_port", fmt::format("is {}, which is below from_port, {}", rule.to_port, rule.from_port));
  }
  Opening opening;
  opening.way = way;
  opening.from_port = static_cast<std::uint16_t>(rule.from_port);
  opening.to_port = static_cast<std::uint16_t>(rule.to_port);
  if (rule.ip_ranges.empty()) openings.push_back(opening);
  for (std::size_t i = 0; i < rule.ip_ranges.size(); ++i) {
    if (!read_network(rule.ip_ranges[i], opening)) {
      return refuse(fmt::format(".ip_ranges[{}]", i),
                    fmt::format("is \"{}\", which is no network such as 10.0.0.0/8 or 2001:db8::/32",
                                printable(rule.ip_ranges[i], quoted)));
    }
    openings.push_back(opening);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Opening>> openings_of(const FirewallRules& rules) {
  std::vector<Opening> openings;
  const auto read = [&openings](const std::vector<FirewallRule>& list, Opening::Way way, const char* name) {
    std::optional<Error> refusal;
    for (std::size_t i = 0; i < list.size() && !refusal; ++i) {
      refusal = read_rule(list[i], way, fmt::format("firewall_rules.{}[{}]", name, i), openings);
    }
    return refusal;
  };
  if (auto refusal = read(rules.ingress, Opening::Way::in, "ingress")) return tl::unexpected(std::move(*refusal));
  if (auto refusal = read(rules.egress, Opening::Way::out, "egress")) return tl::unexpected(std::move(*refusal));
  std::sort(openings.begin(), openings.end());
  openings.erase(std::unique(openings.begin(), openings.end()), openings.end());
  if (openings.size() > most_openings) {
    return tl::unexpected(
        refused(Errc::invalid_request, "firewall_rules",
                fmt::format("are {} ports and networks; a machine takes at most {}", openings.size(), most_openings)));
  }
  return openings;
}

}  // namespace tally
