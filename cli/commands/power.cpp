#include <CLI/CLI.hpp>
#include <memory>

#include "cli/client/consent.hpp"
#include "cli/client/instance_action.hpp"
#include "cli/client/instance_watch.hpp"
#include "cli/client/machines.hpp"
#include "cli/client/reboot_watch.hpp"
#include "cli/commands/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/operation_report.hpp"
#include "net/url.hpp"

namespace tally::cli {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// What is done with whole machines.
struct Power {
  const char* command;
  const char* help;
  const char* warning;   // "": it takes nothing away, so nobody is asked
  const char* accepted;  // what is so when the vendor has accepted it
  const char* waited;    // and when it was waited for
};

constexpr Power terminate{"terminate", "end machines for good", "are ended, with all that is on them", "is being ended",
                          "is gone"};
constexpr Power stop{"stop", "stop machines", "are stopped", "is being stopped", "is stopped"};
constexpr Power start{"start", "start stopped machines", "", "is being started", "is running"};
constexpr Power reboot{"reboot", "reboot machines", "are rebooted", "is being rebooted", "answers again"};

struct PowerArguments {
  MachineNames names;
  std::int64_t timeout_s = std::int64_t{20} * 60;
  bool is_waiting = false;
  bool is_sure = false;
};

std::string warning_of(const Power& power, const std::vector<Subject>& machines) {
  std::string text;
  for (const Subject& machine : machines) text += title_of(machine) + " of " + machine.credential + "\n";
  return text + power.warning;
}

Ask ask_of(const Power& power, const PowerArguments& arguments, const Subject& machine) {
  Ask ask;
  const bool is_end = &power == &terminate;
  ask.method = is_end ? "DELETE" : "POST";
  ask.target = path_of(machine) + (is_end ? std::string() : "/" + std::string(power.command));
  if (is_end && !arguments.names.location.empty())
    ask.target += "?location=" + encode_segment(arguments.names.location);
  ask.is_repeatable = is_end;
  ask.ends_accepted = is_end && !arguments.is_waiting;
  return ask;
}

/// What was accepted, followed to what it is for; `before`: the machine before a reboot.
Outcome await_goal(const Context& context, const Power& power, const Subject& machine, const Contact& before,
                   LifecycleClient& client, Outcome accepted) {
  if (&power == &terminate) return accepted;  // it was followed to its end
  if (&power == &reboot) {
    accepted.is_open = !comes_back(client.following(), context.places().control_socket, machine, before);
    return accepted;
  }
  const auto is_over = [](Reader&, const Sight& sight) { return sight.is_reached || sight.is_lost; };
  const Sight sight = watch(
      client.following(), [&context] { return context.open(); }, machine.credential, machine.id,
      &power == &stop ? Goal::stopped : Goal::running, accepted.operation_id, is_over);
  if (sight.is_lost)
    return problem_of("conflict", "the machine is not there any more: " + sight.words, accepted.operation_id);
  accepted.is_open = !sight.is_reached;
  return accepted;
}

void run_power(Context& context, const Power& power, const PowerArguments& arguments) {
  const std::vector<Subject> machines = find_machines(context, arguments.names);
  const bool is_asked = *power.warning != '\0' && !arguments.is_sure;
  if (is_asked && !has_consent(warning_of(power, machines), false)) {
    context.exit_code = 1;
    return;
  }
  const Time give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(arguments.timeout_s);
  LifecycleClient client(context, give_up_at);
  std::vector<Outcome> outcomes;
  std::vector<Contact> before(machines.size());
  for (std::size_t i = 0; i < machines.size(); ++i) {
    if (arguments.is_waiting && &power == &reboot) before[i] = contact(context.places().control_socket, machines[i]);
    outcomes.push_back(client.carry_out(ask_of(power, arguments, machines[i])));
  }
  for (std::size_t i = 0; i < machines.size(); ++i) {
    Outcome& outcome = outcomes[i];
    if (arguments.is_waiting && outcome.is_done()) {
      outcome = await_goal(context, power, machines[i], before[i], client, std::move(outcome));
    }
    tell_outcome(title_of(machines[i]), arguments.is_waiting ? power.waited : power.accepted, outcome);
    context.exit_code = worse_of(context.exit_code, outcome.exit_code());
  }
  report(context, outcomes);
}

void add_power(CLI::App& app, Context& context, const Power& power) {
  auto arguments = std::make_shared<PowerArguments>();
  arguments->names.may_be_unknown = &power == &terminate;
  CLI::App* command = app.add_subcommand(power.command, power.help);
  arguments->names.add_options(*command, true);
  command->add_flag("--wait", arguments->is_waiting, "until each " + std::string(power.waited));
  command->add_option("--timeout", arguments->timeout_s, "how long to follow it")
      ->transform(takes_duration())
      ->type_name("TIME")
      ->default_str("20m");
  command->add_flag("--yes", arguments->is_sure, "do not ask");
  command->callback([arguments, &power, &context] { run_power(context, power, *arguments); });
}

}  // namespace

void add_terminate(CLI::App& app, Context& context) { add_power(app, context, terminate); }
void add_stop(CLI::App& app, Context& context) { add_power(app, context, stop); }
void add_start(CLI::App& app, Context& context) { add_power(app, context, start); }
void add_reboot(CLI::App& app, Context& context) { add_power(app, context, reboot); }

}  // namespace tally::cli
