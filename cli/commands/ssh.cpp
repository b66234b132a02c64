#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <iostream>

#include "cli/client/instance_action.hpp"
#include "cli/client/ssh_route.hpp"
#include "cli/commands/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/format.hpp"

namespace tally::cli {
namespace {

struct Options {
  SubjectName name;
  std::string user;
  int port = 0;  // 0: the instance's
  std::string identity;
  bool is_printed = false;
  std::vector<std::string> command;
};

/// Nobody may be reached, or not safely.
class NoWay : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string advice(const std::vector<std::string>& words) { return plain(to_shell(words)); }

std::vector<SeenKey> expected_keys(Reader& reader, const Subject& instance) {
  SeenKeys keys = read_seen_keys(reader, instance);
  if (!keys.changed.empty()) {
    std::string text = "its host key changed, and somebody may be in between:\n";
    for (const SeenKey& key : keys.expected) text += fmt::format("  expected  {} {}\n", key.type, key.fingerprint);
    for (const SeenKey& key : keys.changed) text += fmt::format("  answers   {} {}\n", key.type, key.fingerprint);
    throw NoWay(text + "if that is right: " + advice({"tallyctl", "host-key", "trust", instance.id}));
  }
  if (keys.expected.empty())
    throw NoWay("no host key of it is known yet: " + advice({"tallyctl", "probe", instance.id}));
  return std::move(keys.expected);
}

void refuse_ended(Reader& reader, const Subject& instance) {
  const auto rows = reader.query("SELECT status FROM instances WHERE credential = ? AND cloud_id = ? AND is_ended = 1",
                                 {instance.credential, instance.id});
  if (!rows.rows.empty()) throw NoWay("it has ended");
}

SshInvocation invocation_of(const Context& context, Reader& reader, const Subject& instance, const Options& options) {
  refuse_ended(reader, instance);
  SshInvocation invocation;
  SshRoute route = ssh_route(context, reader, instance);
  if (route.target.host.empty()) throw NoWay("it has no address yet");
  route.target.keys = expected_keys(reader, instance);
  if (!options.user.empty()) route.target.user = options.user;
  if (options.port != 0) route.target.port = options.port;
  if (const std::string fault = fault_of(route.target); !fault.empty()) throw NoWay(fault);
  if (route.bastion && !fault_of(*route.bastion).empty()) throw NoWay("of its bastion: " + fault_of(*route.bastion));
  if (!route.note.empty()) std::cerr << "tallyctl: " << title_of(instance) << ": " << route.note << '\n';
  invocation.target = std::move(route.target);
  invocation.bastion = std::move(route.bastion);
  invocation.identity = options.identity;
  invocation.command = options.command;
  return invocation;
}

/// This program becomes ssh, so that terminal, signals and exit code are its own.
[[noreturn]] void become(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers.front(), pointers.data());
  throw StoreError(fmt::format("ssh cannot be started: {}", std::strerror(errno)), EX_UNAVAILABLE);
}

void run_ssh(Context& context, const Options& options) {
  std::vector<std::string> words;
  {
    // Closed before ssh takes over, which may last for days.
    Reader reader = context.open();
    const Subject instance = find_instance(reader, options.name);
    try {
      words = ssh_words(invocation_of(context, reader, instance, options));
    } catch (const NoWay& reason) {
      std::cerr << "tallyctl: " << title_of(instance) << ": " << reason.what() << '\n';
      context.exit_code = 1;
      return;
    }
  }
  if (!options.is_printed) become(std::move(words));
  std::cout << to_shell(words) << '\n';
}

}  // namespace

void add_ssh(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("ssh", "log in to an instance with the system's ssh, which takes its pinned host key only");
  options->name.add_options(*command, "instance", "ID or name of an instance, or a part of one");
  command->add_option("command", options->command, "what to run there, behind --; without it a shell")
      ->type_name("TEXT");
  command->add_option("--user", options->user, "log in as this user");
  command->add_option("--port", options->port, "at this port")->transform(takes_port())->type_name("INT");
  command->add_option("--identity", options->identity, "with the private key in this file, and no other")
      ->type_name("FILE");
  command->add_flag("--print", options->is_printed, "show the command instead of running it");
  command->callback([options, &context] { run_ssh(context, *options); });
}

}  // namespace tally::cli
