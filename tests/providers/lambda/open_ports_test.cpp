// What the account's global ruleset opens, told at each machine.
#include <catch2/catch.hpp>

#include "tests/providers/lambda/account.hpp"

namespace tally::lambda_open_ports_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

const std::string path = "/firewall-rulesets/global";
const std::string web_only =
    R"({"data":{"id":"global","name":"n","rules":[{"protocol":"tcp","port_range":[443,443],"source_network":"10.0.0.0/8","description":"d"}]}})";

/// The IDs of the rules, of whichever machine outside the region without rulesets.
std::vector<std::string> open_ports(LambdaAccount& account) {
  const Answer<Instance> answer = account.run(account->instances({})).value();
  std::vector<std::string> ids;
  for (const Row<Instance>& machine : answer.rows) {
    std::vector<std::string> of_it;
    for (const FirewallRule& rule : machine->attributes->firewall_open) of_it.push_back(rule.id);
    if (machine->location == "us-south-1") {
      CHECK(of_it.empty());
    } else if (ids.empty()) {
      ids = of_it;
    } else {
      CHECK(ids == of_it);
    }
  }
  return ids;
}

const std::vector<std::string> recorded = {"ingress:tcp:22-22:0.0.0.0/0", "ingress:icmp:0-0:0.0.0.0/0"};
const std::vector<std::string> changed = {"ingress:tcp:443-443:10.0.0.0/8"};

}  // namespace

TEST_CASE("what Lambda's global ruleset opens is told at each machine for which it is in force", "[providers]") {
  LambdaAccount account;
  CHECK(open_ports(account) == recorded);
  SECTION("as it is, ten minutes later at most") {
    account.http.reply(path, 200, web_only);
    CHECK(open_ports(account) == recorded);
    account.clock.advance(10min);
    CHECK(open_ports(account) == changed);
  }
  SECTION("by its last word while it cannot be had, over a restart too") {
    const auto [status, body] = GENERATE(table<int, std::string>(
        {{403, "{}"}, {500, ""}, {200, "<html>"}, {200, R"({"data":{"id":"global","rules":[17]}})"}}));
    account.http.reply(path, status, body);
    account.clock.advance(10min);
    CHECK(open_ports(account) == recorded);
    LambdaAccount again;
    again.cache = account.cache;
    again.http.reply(path, status, body);
    CHECK(open_ports(again) == recorded);
  }
}

TEST_CASE("machines are listed where the global ruleset was never told", "[providers]") {
  LambdaAccount account;
  account.http.reply(path, 403, "{}");
  CHECK(open_ports(account).empty());
}

}  // namespace tally::lambda_open_ports_test
