#include "cli/client/machines.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/client/instance_action.hpp"
#include "cli/show/operation_report.hpp"
#include "net/url.hpp"

namespace tally::cli {
namespace {

constexpr std::chrono::minutes usual_patience{10};

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

std::vector<Outcome> call_each(Context& context, LifecycleClient& client, const std::vector<Subject>& machines,
                               const MachineCall& call) {
  std::vector<Outcome> outcomes;
  for (const Subject& machine : machines) {
    Ask ask;
    ask.method = call.method;
    ask.target = path_of(machine) + call.suffix;
    ask.body = call.body;
    outcomes.push_back(client.carry_out(ask));
    tell_outcome(title_of(machine), call.done, outcomes.back());
    context.exit_code = worse_of(context.exit_code, outcomes.back().exit_code());
  }
  return outcomes;
}

void call_one(Context& context, const MachineNames& names, const MachineCall& call) {
  LifecycleClient client(context, std::chrono::steady_clock::now() + usual_patience);
  const std::vector<Outcome> outcomes = call_each(context, client, find_machines(context, names), call);
  if (!context.is_for_people()) report(context, outcomes.front());
}

}  // namespace tally::cli
