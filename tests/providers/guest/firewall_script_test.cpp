#include "providers/guest/firewall_script.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <regex>
#include <set>
#include <sstream>

#include "tests/fakes/files.hpp"

namespace tally::firewall_script_test {
namespace {

FirewallRule rule(std::int32_t from, std::int32_t to, std::vector<std::string> ranges = {}) {
  return {"", from, to, std::move(ranges)};
}

/// What .ci/judge-firewall puts in force, too.
FirewallRules judged() {
  FirewallRules rules;
  rules.ingress = {rule(8000, 8002, {"fd00:99::1/64", "10.99.0.7/24"}), rule(8080, 8080), rule(8080, 8080),
                   rule(9000, 9000, {"10.99.0.0/24"})};
  rules.egress = {rule(443, 443, {"192.0.2.9/24"}), rule(53, 54)};
  return rules;
}

std::string script_of(const FirewallRules& rules, const std::vector<std::int32_t>& ssh_ports = {22}) {
  const auto script = firewall_script(rules, ssh_ports);
  if (!script) throw std::runtime_error(script.error().message);
  return *script;
}

std::string refusal_of(const FirewallRules& rules) {
  const auto script = firewall_script(rules, {22});
  if (script) return "";
  CHECK(script.error().kind == Errc::invalid_request);
  CHECK(script.error().certainty == Certainty::nothing_happened);
  return script.error().message;
}

std::multiset<std::string> lines_of(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

/// The lines that the rules have added to the script.
std::vector<std::string> lines_for(const FirewallRules& rules) {
  std::multiset<std::string> lines = lines_of(script_of(rules));
  for (const std::string& line : lines_of(script_of({}))) {
    if (const auto at = lines.find(line); at != lines.end()) lines.erase(at);
  }
  return {lines.begin(), lines.end()};
}

}  // namespace

TEST_CASE("the firewall script is as it was judged", "[providers]") {
  const std::string golden = fakes::text_of(std::string(TALLY_TESTS_DIR) + "/providers/guest/expected/firewall.sh");
  CHECK(script_of(judged()) == golden);
}

TEST_CASE("however rules are written, equal ones make one script", "[providers]") {
  FirewallRules other = judged();
  std::reverse(other.ingress.begin(), other.ingress.end());
  other.ingress.push_back(rule(8080, 8080));
  other.ingress.push_back(rule(8000, 8002, {"10.99.0.255/24", "FD00:99:0:0::/64"}));
  std::swap(other.egress[0], other.egress[1]);
  CHECK(script_of(other) == script_of(judged()));
  CHECK(script_of({}, {2022, 22, 22}) == script_of({}, {22, 2022}));
}

TEST_CASE("SSH is allowed before anything is denied, and what starts the firewall is there before it is in force",
          "[providers]") {
  const std::string script = script_of(judged(), {22, 2022});
  CHECK(script.find("ordered_ssh_ports='22 2022'\n") != std::string::npos);
  CHECK(script.find("2222") == std::string::npos);
  std::size_t before = 0;
  for (const char* step :
       {"ufw --force reset ||", "ufw default deny incoming ||", "ufw allow \"$port/tcp\" || return 1",
        "allow_openings ||", "ufw --force enable ||", "guard_iptables ||", "if set_ufw; then echo",
        "put /etc/systemd/system/tally-firewall.service", "systemctl enable -q tally-firewall.service",
        "fi\n/usr/local/sbin/tally-firewall\n"}) {
    INFO(step);
    const std::size_t at = script.find(step, before);
    REQUIRE(at != std::string::npos);
    before = at;
  }
}

TEST_CASE("a port is one rule for ufw, a range one for each protocol", "[providers]") {
  FirewallRules rules;
  rules.ingress = {rule(80, 80, {"10.0.0.1/8"}), rule(81, 90)};
  rules.egress = {rule(443, 443), rule(53, 54, {"192.0.2.1/32"})};
  const std::vector<std::string> lines = lines_for(rules);
  const std::set<std::string> found(lines.begin(), lines.end());
  for (const char* line : {"  ufw allow in from 10.0.0.0/8 to any port 80 || failed=1",
                           "  ufw allow in from any to any port 81:90 proto tcp || failed=1",
                           "  ufw allow in from any to any port 81:90 proto udp || failed=1",
                           "  ufw allow out to any port 443 || failed=1",
                           "  ufw allow out to 192.0.2.1/32 port 53:54 proto tcp || failed=1",
                           "-A DOCKER-USER -s 10.0.0.0/8 -p tcp -m conntrack --ctorigdstport 80 -j ACCEPT",
                           "-A DOCKER-USER -p udp -m conntrack --ctorigdstport 81:90 -j ACCEPT"}) {
    INFO(line);
    CHECK(found.contains(line));
  }
}

TEST_CASE("what is no port or network is refused by its parameter's name", "[providers]") {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  const auto [given, starts] = GENERATE_COPY(table<FirewallRule, std::string>(
      {{rule(0, 80), "`firewall_rules.ingress[1].from_port` is 0, which is no port"},
       {rule(-1, 80), "`firewall_rules.ingress[1].from_port` is -1,"},
       {rule(80, 65536), "`firewall_rules.ingress[1].to_port` is 65536"},
       {rule(most, most), "`firewall_rules.ingress[1].from_port` is 2147483647"},
       {rule(80, 79), "`firewall_rules.ingress[1].to_port` is 79, which is below from_port, 80"},
       {rule(80, 80, {"10.0.0.0/8", "10.0.0.0/33"}), "`firewall_rules.ingress[1].ip_ranges[1]` is \"10.0.0.0/33\""}}));
  FirewallRules rules;
  rules.ingress = {rule(22, 22), given};
  CHECK(refusal_of(rules).starts_with(starts));
  rules = {{}, {given}};
  CHECK(refusal_of(rules).starts_with("`firewall_rules.egress[0]."));
}

TEST_CASE("a hostile network is refused, not written", "[providers]") {
  const std::string hostile =
      GENERATE(as<std::string>(), "", " ", "any", "10.0.0.0/8; reboot", "10.0.0.0/8\nreboot", "$(reboot)", "`reboot`",
               "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0", "10.0.0/8", "010.0.0.0/8", "0x0a.0.0.0/8", "10.0.0.0/", "/8",
               "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/99999999999999999999", "fe80::1%eth0/64", "fe80::1%1;reboot/64",
               "::ffff:10.0.0.0/104", "::1/129", "2001:db8::/32'", "10.0.0.0/8\x01", "1٠.0.0.0/8",
               std::string("10.0.0.0/8\0;reboot", 18), std::string(500, '1'));
  FirewallRules rules;
  rules.ingress = {rule(80, 80, {hostile})};
  CAPTURE(hostile);
  const std::string refusal = refusal_of(rules);
  CHECK(refusal.starts_with("`firewall_rules.ingress[0].ip_ranges[0]` is "));
  CHECK(refusal.find('\n') == std::string::npos);
  CHECK(refusal.size() < 200);
}

TEST_CASE("an SSH port that is none is refused, and so are more rules than a machine takes", "[providers]") {
  const auto script = firewall_script({}, {22, 0});
  REQUIRE_FALSE(script);
  CHECK(script.error().message.starts_with("`ssh_port` "));
  FirewallRules rules;
  for (std::int32_t port = 1; port <= 257; ++port) rules.ingress.push_back(rule(port, port));
  CHECK(refusal_of(rules).starts_with("`firewall_rules` are 257 "));
  rules.ingress.pop_back();
  CHECK(refusal_of(rules).empty());
}

TEST_CASE("no accepted rule writes anything but addresses and ports", "[providers]") {
  const std::regex safe(
      R"(  (! has_ipv6 \|\| )?ufw allow (in from (any|[0-9a-f.:/]+) to any|out to (any|[0-9a-f.:/]+)) port [0-9:]+( proto (tcp|udp))? \|\| failed=1)"
      R"(|-A DOCKER-USER (-s [0-9a-f.:/]+ )?-p (tcp|udp) -m conntrack --ctorigdstport [0-9:]+ -j ACCEPT)"
      R"(|ordered=[0-9a-f]{64})");
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::vector<std::string> seeds = {"10.1.2.3/8", "2001:db8::7/32", "0.0.0.0/0",
                                          "::/0",       "fe80::1%lo/64",  "1.2.3.4/32"};
  const std::string strange = "0123456789abcdefABCDEFxX.:/%;|&$`'\"\\ \n\t\r(){}<>#*?!~-\x01\x7f\xc3\xff";
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string range = seeds[below(seeds.size())];
    for (std::size_t changes = below(4); changes > 0 && !range.empty(); --changes) {
      const std::size_t at = below(range.size());
      const char with = strange[below(strange.size())];
      const std::size_t how = below(3);
      if (how == 0) range[at] = with;
      if (how == 1) range.insert(at, 1, with);
      if (how == 2) range.erase(at, 1);
    }
    const auto port = [&] { return static_cast<std::int32_t>(below(66'000)) - 200; };
    FirewallRules rules;
    std::vector<FirewallRule>& list = below(2) == 0 ? rules.ingress : rules.egress;
    list.push_back(rule(port(), port(), std::vector<std::string>(1, range)));
    if (!firewall_script(rules, {22})) continue;
    ++accepted;
    for (const std::string& line : lines_for(rules)) {
      CAPTURE(range, line);
      REQUIRE(std::regex_match(line, safe));
    }
  }
  CHECK(accepted > 500);
}

}  // namespace tally::firewall_script_test
