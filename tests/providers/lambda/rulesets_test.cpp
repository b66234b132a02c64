// How many rules a ruleset of Lambda's may have.
#include "providers/lambda/rulesets.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::lambda_rulesets_test {
using namespace tally::fakes;

namespace {

/// Each for a port of its own.
FirewallRules rules_for(std::int32_t first_port, std::size_t count) {
  FirewallRules rules;
  for (std::size_t i = 0; i < count; ++i) {
    const auto port = first_port + static_cast<std::int32_t>(i);
    rules.ingress.push_back({"", port, port, {"10.0.0.0/8"}});
  }
  return rules;
}

boost::json::object ruleset_of(const std::vector<lambda::RulesetRule>& rules, const std::string& instance) {
  return {{"id", "rs-1"},
          {"name", "tally-1"},
          {"instance_ids", boost::json::array{instance}},
          {"rules", lambda::to_json(rules)}};
}

}  // namespace

TEST_CASE("a Lambda ruleset of all the rules that a create may ask for is read back", "[providers]") {
  const auto rules = lambda::with_ssh(lambda::ruleset_rules(rules_for(1'000, most_openings)).value());
  const boost::json::object reply{{"data", ruleset_of(rules, "m-1")}};
  const auto read = lambda::read_ruleset(boost::json::serialize(reply));
  REQUIRE(read);
  CHECK(read->rules == rules);
}

TEST_CASE("no more rules are added to a Lambda ruleset than can be read back", "[providers]") {
  RecordedAccount account(*find_provider("lambda"));
  std::vector<lambda::RulesetRule> many;
  for (std::int32_t first_port : {1'000, 2'000}) {
    const auto more = lambda::ruleset_rules(rules_for(first_port, most_openings)).value();
    many.insert(many.end(), more.begin(), more.end());
  }
  REQUIRE(many.size() == lambda::most_rules);
  const boost::json::array all{ruleset_of(many, account.instance.cloud_id.str())};
  account.http.reply("GET /firewall-rulesets", 200, boost::json::serialize(boost::json::object{{"data", all}}));
  const auto added = account.run(account->modifies_firewall()->add_firewall_rules(account.instance, rules_for(80, 1)));
  REQUIRE_FALSE(added);
  CHECK(added.error().kind == Errc::invalid_request);
  CHECK(added.error().certainty == Certainty::nothing_happened);
  for (const auto& call : account.http.sent) CHECK(call.method == "GET");
}

}  // namespace tally::lambda_rulesets_test
