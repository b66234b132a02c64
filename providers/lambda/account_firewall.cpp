// The rules of an instance that has a ruleset of its own. The vendor replaces all rules of a ruleset at once.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "net/url.hpp"
#include "providers/lambda/account.hpp"
#include "providers/lambda/rulesets.hpp"
#include "providers/rest/freshness.hpp"
#include "runtime/contains.hpp"

namespace tally::lambda {
namespace {

constexpr Operation read_rulesets{"read firewall rulesets"};

constexpr std::string_view global_ruleset = "global_ruleset";  // in the cache
constexpr auto open_ports_again_after = std::chrono::minutes(10);

bool holds(const std::vector<RulesetRule>& rules, const std::string& id) {
  return std::any_of(rules.begin(), rules.end(), [&id](const RulesetRule& rule) { return id_of(rule) == id; });
}

Result<Ruleset> read(const std::string& body, WorkLimit /*limit*/) { return read_ruleset(body); }

}  // namespace

Task<FirewallRules> LambdaAccount::firewall_rules(InstanceRef instance) {
  const Result<Ruleset> ruleset = co_await own_ruleset(operations::list_firewall_rules, std::move(instance));
  if (!ruleset) co_return tl::unexpected(ruleset.error());
  co_return to_model(ruleset->rules);
}

Task<FirewallRules> LambdaAccount::add_firewall_rules(InstanceRef instance, FirewallRules rules) {
  const Operation operation = operations::add_firewall_rules;
  const Result<std::vector<RulesetRule>> wanted = ruleset_rules(rules);
  if (!wanted) co_return tl::unexpected(client_.refusal(operation, wanted.error().kind, wanted.error().message));
  Result<Ruleset> ruleset = co_await own_ruleset(operation, std::move(instance));
  if (!ruleset) co_return tl::unexpected(ruleset.error());
  std::vector<RulesetRule> now = ruleset->rules;
  for (const RulesetRule& rule : *wanted) {
    if (!holds(now, id_of(rule))) now.push_back(rule);
  }
  if (now.size() == ruleset->rules.size() && !wanted->empty()) {
    co_return tl::unexpected(client_.refusal(operation, Errc::duplicate_firewall_rule, "all of the rules are there"));
  }
  if (now.size() > most_rules) {
    co_return tl::unexpected(client_.refusal(operation, Errc::invalid_request,
                                             "`firewall_rules` would be more than the " + std::to_string(most_rules) +
                                                 " that a machine's ruleset may have"));
  }
  const Result<Ruleset> written = co_await write_rules(operation, ruleset->id, std::move(now));
  if (!written) co_return tl::unexpected(written.error());
  co_return to_model(written->rules);
}

/// SSH stays open. A rule that is not there is what was asked for.
Task<> LambdaAccount::revoke_firewall_rules(InstanceRef instance, std::vector<std::string> rule_ids) {
  const Operation operation = operations::revoke_firewall_rules;
  Result<Ruleset> ruleset = co_await own_ruleset(operation, std::move(instance));
  if (!ruleset) co_return tl::unexpected(ruleset.error());
  std::vector<RulesetRule> now = ruleset->rules;
  std::erase_if(now, [&rule_ids](const RulesetRule& rule) { return contains(rule_ids, id_of(rule)); });
  now = with_ssh(std::move(now));
  if (now == ruleset->rules) co_return Result<>();
  const Result<Ruleset> written = co_await write_rules(operation, ruleset->id, std::move(now));
  if (!written) co_return tl::unexpected(written.error());
  co_return Result<>();
}

boost::asio::awaitable<OpenPorts> LambdaAccount::open_ports() {
  const auto opened_by = [](const Result<Ruleset>& ruleset) {
    return std::make_shared<const std::vector<FirewallRule>>(ruleset ? to_model(ruleset->rules).ingress
                                                                     : std::vector<FirewallRule>());
  };
  const Turns::Place turn = co_await open_ports_turns_.take();
  if (!open_ports_) open_ports_ = opened_by(read_ruleset(context_.cache.get(global_ruleset).value_or("")));
  const TimePoint now = context_.clock.now();
  if (is_within(open_ports_again_after, open_ports_asked_at_, now)) co_return open_ports_;
  open_ports_asked_at_ = now;
  const Result<Ruleset> told = co_await client_.ask(read_rulesets, get("/firewall-rulesets/global"), &read);
  if (!told) co_return open_ports_;
  OpenPorts open = opened_by(told);
  if (*open == *open_ports_) co_return open_ports_;
  open_ports_ = std::move(open);
  const boost::json::object ruleset{{"id", told->id}, {"rules", to_json(told->rules)}};
  context_.cache.put(std::string(global_ruleset), boost::json::serialize(boost::json::object{{"data", ruleset}}));
  co_return open_ports_;
}

/// The one that was made for this instance. One that is in force for others too is not ours to change.
Task<Ruleset> LambdaAccount::own_ruleset(Operation operation, InstanceRef instance) {
  const auto find = [id = instance.cloud_id.str()](const std::string& body, WorkLimit /*limit*/) {
    return find_own_ruleset(body, id);
  };
  Result<std::optional<Ruleset>> own = co_await client_.ask(read_rulesets, get("/firewall-rulesets"), find);
  if (!own) co_return tl::unexpected(own.error());
  if (std::optional<Ruleset>& ruleset = *own) co_return std::move(*ruleset);
  const Result<Instance> machine = co_await this->instance(std::move(instance));
  if (!machine) co_return tl::unexpected(machine.error());
  co_return tl::unexpected(client_.refusal(operation, Errc::not_implemented,
                                           "this instance has no ruleset of its own: Lambda takes one at its creation "
                                           "only, which `firewall_rules` asks for"));
}

Task<Ruleset> LambdaAccount::write_rules(Operation operation, std::string id, std::vector<RulesetRule> rules) {
  const boost::json::object body{{"rules", to_json(rules)}};
  co_return co_await client_.ask(operation,
                                 change(Method::patch, "/firewall-rulesets/" + encode_segment(id), Repeat::idempotent,
                                        boost::json::serialize(body)),
                                 &read);
}

}  // namespace tally::lambda
