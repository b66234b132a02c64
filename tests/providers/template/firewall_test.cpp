// Firewall rules at the imaginary vendor, over real HTTP.
#include <catch2/catch.hpp>

#include "tests/providers/template/site.hpp"

namespace tally::template_firewall_test {
using namespace tally::fakes;

namespace {

FirewallRules ingress(std::vector<FirewallRule> rules) {
  FirewallRules all;
  all.ingress = std::move(rules);
  return all;
}

const FirewallRule web{"", 80, 80, {"10.0.0.0/8"}};
const FirewallRule metrics{"", 9'100, 9'109, {"10.0.0.0/8", "192.0.2.0/24"}};

}  // namespace

TEST_CASE("rules are added with IDs, one for each range, and revoked by them", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const InstanceRef instance = site.machine();
  const auto added = site.run(can.add_firewall_rules(instance, ingress({web, metrics})));
  REQUIRE(added);
  REQUIRE(added->ingress.size() == 3);
  CHECK(site.run(can.firewall_rules(instance))->ingress.size() == 3);

  const std::vector<std::string> ids = {added->ingress[0].id, added->ingress[2].id};
  REQUIRE(site.run(can.revoke_firewall_rules(instance, ids)));
  const auto left = site.run(can.firewall_rules(instance));
  REQUIRE(left);
  CHECK(left->ingress == std::vector<FirewallRule>{added->ingress[1]});
  CHECK(site.run(can.revoke_firewall_rules(instance, ids)));  // gone already
}

TEST_CASE("a rule that names no network is for all of them", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const auto added = site.run(can.add_firewall_rules(site.machine(), ingress({{"", 80, 80, {}}})));
  REQUIRE(added);
  REQUIRE(added->ingress.size() == 1);
  CHECK(added->ingress[0].ip_ranges == std::vector<std::string>{"0.0.0.0/0"});
}

TEST_CASE("of rules that are there in part the rest is added: of those that all are, it is said", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const InstanceRef instance = site.machine();
  REQUIRE(site.run(can.add_firewall_rules(instance, ingress({web}))));
  const auto rest = site.run(can.add_firewall_rules(instance, ingress({web, metrics})));
  REQUIRE(rest);
  CHECK(rest->ingress.size() == 2);
  const auto none = site.run(can.add_firewall_rules(instance, ingress({web, metrics})));
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == Errc::duplicate_firewall_rule);
  CHECK(none.error().certainty == Certainty::nothing_happened);
  CHECK(site.run(can.add_firewall_rules(instance, {})));
}

TEST_CASE("where one of several rules fails, it is said that others were added", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const InstanceRef instance = site.machine();
  FirewallRule bad = web;
  bad.ip_ranges = {""};
  const auto partly = site.run(can.add_firewall_rules(instance, ingress({web, bad})));
  REQUIRE_FALSE(partly);
  CHECK(partly.error().kind == Errc::invalid_request);
  CHECK(partly.error().certainty == Certainty::partly);
  CHECK_THAT(partly.error().message, Catch::Contains("1 of the rules had been added"));
  const auto first = site.run(can.add_firewall_rules(instance, ingress({bad, web})));
  REQUIRE_FALSE(first);
  CHECK(first.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a rule whose answer is lost is unknown, and not sent twice", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const InstanceRef instance = site.machine();
  site.lose_answers("add-rule");
  const auto lost = site.run(can.add_firewall_rules(instance, ingress({web})));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::unknown);
  CHECK(site.asked("add-rule") == 1);
  const auto rules = site.run(can.firewall_rules(instance));
  REQUIRE(rules);
  REQUIRE(rules->ingress.size() == 1);
  site.lose_answers("delete-rule");
  CHECK(site.run(can.revoke_firewall_rules(instance, std::vector<std::string>(1, rules->ingress[0].id))));
  CHECK(site.run(can.firewall_rules(instance)).value() == FirewallRules());
}

TEST_CASE("an instance that does not exist has no firewall", "[providers]") {
  TemplateSite site;
  ModifiesFirewall& can = *site.account->modifies_firewall();
  const InstanceRef nobody(CloudId("0123456789"), east);
  CHECK(site.run(can.firewall_rules(nobody)).error().kind == Errc::instance_not_found);
  CHECK(site.run(can.add_firewall_rules(nobody, ingress({web}))).error().kind == Errc::instance_not_found);
  const std::vector<std::string> ids(1, "rule");
  CHECK(site.run(can.revoke_firewall_rules(nobody, ids)).error().kind == Errc::instance_not_found);
}

}  // namespace tally::template_firewall_test
