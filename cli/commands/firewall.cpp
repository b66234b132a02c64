#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>

#include "cli/client/instance_action.hpp"
#include "cli/client/machines.hpp"
#include "cli/commands/commands.hpp"
#include "cli/given_values.hpp"
#include "cli/show/format.hpp"
#include "cli/show/operation_report.hpp"
#include "store/error.hpp"
#include "store/plain_json.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

struct FirewallArguments {
  MachineNames names;
  Waiting waiting;
  std::vector<std::string> rules;
  bool is_egress = false;
};

void run_rule_allow(Context& context, const FirewallArguments& arguments) {
  json::array rules;
  for (const std::string& text : arguments.rules) {
    const auto rule = read_rule(text);
    if (!rule) throw StoreError("a rule is PORT[-PORT][@CIDR], and not \"" + plain(text) + "\"", EX_USAGE);
    rules.push_back(*rule);
  }
  MachineCall call;
  call.suffix = "/firewall-rules";
  call.body[arguments.is_egress ? "egress" : "ingress"] = std::move(rules);
  call.done = "allowed";
  call_one(context, arguments.names, arguments.waiting, call);
}

void run_rule_revoke(Context& context, const FirewallArguments& arguments) {
  MachineCall call;
  call.method = "DELETE";
  call.suffix = "/firewall-rules";
  call.body["rule_ids"] = json::array(arguments.rules.begin(), arguments.rules.end());
  call.done = "revoked";
  call_one(context, arguments.names, arguments.waiting, call);
}

void add_rows(Reader::Rows& rows, const json::value& document, const char* direction) {
  for (const json::value& rule : document.at(direction).as_array()) {
    rows.rows.push_back({json::value_to<std::string>(rule.at("id")), std::string(direction),
                         rule.at("from_port").to_number<std::int64_t>(), rule.at("to_port").to_number<std::int64_t>(),
                         plain_json(rule.at("ip_ranges"))});
  }
}

void run_rule_list(Context& context, const FirewallArguments& arguments) {
  const Subject machine = find_machines(context, arguments.names).front();
  Outcome outcome;
  outcome.reply = send_to_daemon(context.places().control_socket, "GET", path_of(machine) + "/firewall-rules", "",
                                 std::chrono::seconds(90));
  context.exit_code = outcome.exit_code();
  if (!outcome.is_done()) return tell_outcome(title_of(machine), "", outcome);
  Reader::Rows rows;
  rows.columns = {"id", "direction", "from_port", "to_port", "ip_ranges"};
  add_rows(rows, outcome.reply.body, "ingress");
  add_rows(rows, outcome.reply.body, "egress");
  if (rows.rows.empty() && context.is_for_people()) {
    std::cerr << title_of(machine) << ": there are no rules\n";
  } else {
    print(context, rows);
  }
}

}  // namespace

void add_firewall(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("firewall", "what may reach a machine");
  group->require_subcommand(1);
  group->fallthrough();
  const auto add = [&](const char* name, const char* help, const char* rules,
                       void (*run)(Context&, const FirewallArguments&)) {
    auto arguments = std::make_shared<FirewallArguments>();
    CLI::App* command = group->add_subcommand(name, help);
    arguments->names.add_options(*command, false);
    if (*rules != '\0') {
      command->add_option("rules", arguments->rules, rules)->required()->expected(1, -1)->type_name("TEXT");
    }
    command->callback([arguments, run, &context] { run(context, *arguments); });
    return std::pair(command, arguments);
  };
  const auto [allow, arguments] = add("allow", "add rules", "PORT[-PORT][@CIDR]", run_rule_allow);
  allow->add_flag("--egress", arguments->is_egress, "for what it may reach itself");
  arguments->waiting.add_timeout(*allow);
  const auto [revoke, revoked] = add("revoke", "remove rules", "IDs of rules, as list tells them", run_rule_revoke);
  revoked->waiting.add_timeout(*revoke);
  add("list", "the rules, as the provider tells them", "", run_rule_list);
}

}  // namespace tally::cli
