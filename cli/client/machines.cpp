#include "cli/client/machines.hpp"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/client/instance_action.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/operation_report.hpp"
#include "net/url.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

Subject find_machine(Reader& reader, const MachineNames& names, const std::string& text) {
  SubjectName name;
  name.text = text;
  name.credential = names.credential;
  name.location = names.location;
  name.is_whole = true;
  if (names.may_be_unknown && !names.credential.empty() && find_subjects(reader, name, "'instance'").empty()) {
    return {"instance", names.credential, text, "", names.location};
  }
  return find_instance(reader, name);
}

Ask ask_of(const Subject& machine, const MachineCall& call) {
  Ask ask;
  ask.method = call.method;
  ask.target = path_of(machine) + call.suffix;
  ask.body = call.body;
  return ask;
}

bool is_shown(const Context& context, Following& following, const Subject& machine, const MachineCall& call) {
  return following.until_over([&] {
    Look look;
    look.subjects = {machine.id};
    look.words = machine.id + " does not show it yet";
    try {
      Reader reader = context.open();
      const std::string sql = "SELECT 1 FROM instances WHERE credential = ? AND cloud_id = ? AND " + call.shown;
      look.is_over = !reader.query(sql, {machine.credential, machine.id, call.value}).rows.empty();
    } catch (const StoreError& error) {
      if (error.exit_code() != EX_UNAVAILABLE) throw;
      look.is_blind = true;
    }
    if (look.is_over) look.words = machine.id + " shows it";
    return look;
  });
}

}  // namespace

void MachineNames::add_options(CLI::App& command, bool are_several) {
  command.add_option("instance", texts, "whole ID, name or RefID of an instance")
      ->required()
      ->expected(1, are_several ? -1 : 1)
      ->allow_extra_args(are_several)
      ->type_name("TEXT");
  command.add_option("--credential", credential, "as this credential sees it");
  command.add_option("--location", location, "the one in this region");
}

std::vector<Subject> find_machines(const Context& context, const MachineNames& names) {
  Reader reader = context.open();
  std::vector<Subject> machines;
  for (const std::string& text : names.texts) {
    Subject machine = find_machine(reader, names, text);
    const bool is_named_twice = std::any_of(machines.begin(), machines.end(), [&machine](const Subject& each) {
      return each.id == machine.id && each.credential == machine.credential;
    });
    if (!is_named_twice) machines.push_back(std::move(machine));
  }
  return machines;
}

std::string path_of(const Subject& machine) {
  return "/v1/instances/" + encode_segment(machine.credential) + "/" + encode_segment(machine.id);
}

void Waiting::add_wait(CLI::App& command) { command.add_flag("--wait", is_wanted, "until the provider shows it"); }

void Waiting::add_timeout(CLI::App& command) {
  command.add_option("--timeout", timeout_s, "how long to follow it")
      ->transform(takes_duration())
      ->type_name("TIME")
      ->default_str("10m");
}

void call_one(Context& context, const MachineNames& names, const Waiting& waiting, const MachineCall& call) {
  LifecycleClient client(context, std::chrono::steady_clock::now() + std::chrono::seconds(waiting.timeout_s));
  const std::vector<Subject> machines = find_machines(context, names);
  Outcome outcome = client.carry_out(ask_of(machines.front(), call));
  if (waiting.is_wanted && outcome.is_done()) {
    outcome.is_open = !is_shown(context, client.following(), machines.front(), call);
  }
  tell_outcome(title_of(machines.front()), call.done, outcome);
  context.exit_code = outcome.exit_code();
  if (!context.is_for_people()) report(context, outcome);
}

}  // namespace tally::cli
