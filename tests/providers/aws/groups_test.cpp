// Whose a machine's security group is: the rules of its own are changed, those of others' are not.
#include <boost/algorithm/string/replace.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/aws/site.hpp"

namespace tally::aws_groups_test {
using namespace tally::fakes;

namespace {

const InstanceRef machine(CloudId(machine_id), "us-east-1");

FirewallRules web() {
  FirewallRules rules;
  rules.ingress = {{"", 80, 80, {"10.0.0.0/8"}}};
  return rules;
}

/// The machine as EC2 tells of it: made under that token, in a group of that name.
std::string machine_with(const Ec2Site& site, const std::string& token, const std::string& group) {
  std::string body = site.file("instances.xml");
  boost::algorithm::replace_all(body, "<clientToken>tok-1<", "<clientToken>" + token + "<");
  boost::algorithm::replace_all(body, "<groupName>tally-tok-1<", "<groupName>" + group + "<");
  return body;
}

}  // namespace

TEST_CASE("a security group that is not named after the machine's own token may be shared, and is not changed",
          "[providers]") {
  struct Case {
    std::string token;
    std::string group;
  };
  const std::vector<Case> cases = {{"tok-1", "web-tok-1"},
                                   {"tok-1", "tally-office"},
                                   {"tok-2", "tally-tok-1"},  // a machine that was made like another one
                                   {"", "tally-tok-1"},
                                   {"", "tally-"}};
  for (const Case& each : cases) {
    CAPTURE(each.token, each.group);
    Ec2Site site;
    site.http.reply(ec2 + "DescribeInstances/" + machine_id, 200, machine_with(site, each.token, each.group));
    const auto added = site.run(site->modifies_firewall()->add_firewall_rules(machine, web()));
    REQUIRE_FALSE(added);
    CHECK(added.error().kind == Errc::conflict);
    CHECK(added.error().certainty == Certainty::nothing_happened);
    const std::vector<std::string> ids(1, site.rule);
    const auto revoked = site.run(site->modifies_firewall()->revoke_firewall_rules(machine, ids));
    REQUIRE_FALSE(revoked);
    CHECK(revoked.error().kind == Errc::conflict);
    CHECK(site.bodies("AuthorizeSecurityGroupIngress").empty());
    CHECK(site.bodies("RevokeSecurityGroupIngress").empty());
  }
}

TEST_CASE("a machine's own security group is known by its token, whichever attempt made both, beside others'",
          "[providers]") {
  const std::string token = "a3f5c1d2e4b60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
  Ec2Site site;
  site.order.token = token;
  REQUIRE(site.create());
  const std::string name = "tally-a3f5c1d2e4b60718293a";
  check_has(site.only("CreateSecurityGroup"), {"GroupName=" + name});
  check_has(site.only("RunInstances"), {"ClientToken=" + token});
  std::string body = machine_with(site, token, name);
  boost::algorithm::replace_all(
      body, "<groupSet><item>",
      "<groupSet><item><groupId>sg-1</groupId><groupName>tally-office</groupName></item><item>");
  site.http.reply(ec2 + "DescribeInstances/" + machine_id, 200, body);
  site.http.sent.clear();
  REQUIRE(site.run(site->modifies_firewall()->add_firewall_rules(machine, web())));
  check_has(site.only("AuthorizeSecurityGroupIngress"), {"GroupId=sg-28abbf0f71f517016"});
}

}  // namespace tally::aws_groups_test
