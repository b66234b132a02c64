// What is changed of one machine: resize, tag, change-type, retire.
#include <sysexits.h>

#include <CLI/CLI.hpp>

#include "cli/client/machines.hpp"
#include "cli/commands/commands.hpp"
#include "cli/given_values.hpp"
#include "cli/show/format.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

struct Change {
  MachineNames names;
  Waiting waiting;
  std::vector<std::string> values;
};

using MakeCall = MachineCall (*)(const std::vector<std::string>& values);

[[noreturn]] void misread(const std::string& what, const std::string& text) {
  throw StoreError(what + ", and not \"" + plain(text) + "\"", EX_USAGE);
}

MachineCall resize_call(const std::vector<std::string>& values) {
  const auto size = read_size(values.front());
  if (!size) misread("a size is such as 200GB or 1TiB", values.front());
  MachineCall call;
  call.suffix = "/resize";
  call.body["disk_size_bytes"] = *size;
  call.shown = "disk_size_bytes >= ?";
  call.value = *size;
  call.done = "its disk grows; the file system in it does not by itself";
  return call;
}

MachineCall tag_call(const std::vector<std::string>& values) {
  boost::json::object tags;
  for (const std::string& text : values) {
    const auto change = read_tag_change(text);
    if (!change) misread("a tag is KEY=VALUE, or KEY- to remove it", text);
    tags[change->first] = change->second ? boost::json::value(*change->second) : boost::json::value();
  }
  MachineCall call;
  call.suffix = "/tags";
  call.body["tags"] = std::move(tags);
  call.done = "its tags are changed";
  return call;
}

MachineCall type_call(const std::vector<std::string>& values) {
  MachineCall call;
  call.suffix = "/change-type";
  call.body["type"] = values.front();
  call.shown = "type = ?";
  call.value = values.front();
  call.done = "is of type " + plain(values.front()) + " now";
  return call;
}

MachineCall retire_call(const std::vector<std::string>& values) {
  MachineCall call;
  call.suffix = "/retire";
  call.body["retire_in_s"] = nullptr;
  call.done = "is not ended by itself";
  if (values.front() == "never") return call;
  const auto life = read_duration(values.front());
  if (!life) misread("a retirement is a time, such as 90m or 8h, or \"never\"", values.front());
  call.body["retire_in_s"] = life->count();
  call.done = "is ended in " + plain(values.front());
  return call;
}

struct Words {
  const char* name;
  const char* help;
  const char* value;
  const char* value_help;
};

enum class Values { one, many };
enum class Seen { at_once, when_the_provider_shows_it };  // else there is nothing to wait for

void add_change(CLI::App& app, Context& context, const Words& words, Values values, Seen seen, MakeCall make) {
  auto change = std::make_shared<Change>();
  const bool has_many = values == Values::many;
  CLI::App* command = app.add_subcommand(words.name, words.help);
  change->names.add_options(*command, false);
  command->add_option(words.value, change->values, words.value_help)
      ->required()
      ->expected(1, has_many ? -1 : 1)
      ->allow_extra_args(has_many)
      ->type_name("TEXT");
  if (seen == Seen::when_the_provider_shows_it) change->waiting.add_wait(*command);
  change->waiting.add_timeout(*command);
  command->callback(
      [change, make, &context] { call_one(context, change->names, change->waiting, make(change->values)); });
}

}  // namespace

void add_resize(CLI::App& app, Context& context) {
  const Words words{"resize", "make the root disk of a machine larger", "size", "such as 500GB"};
  add_change(app, context, words, Values::one, Seen::when_the_provider_shows_it, resize_call);
}
void add_tag(CLI::App& app, Context& context) {
  const Words words{"tag", "set and remove tags of a machine", "tags", "KEY=VALUE sets, KEY- removes"};
  add_change(app, context, words, Values::many, Seen::at_once, tag_call);
}
void add_change_type(CLI::App& app, Context& context) {
  const Words words{"change-type", "make a stopped machine one of another type", "type", "the vendor's name of it"};
  add_change(app, context, words, Values::one, Seen::when_the_provider_shows_it, type_call);
}
void add_retire(CLI::App& app, Context& context) {
  const Words words{"retire", "say when a machine is to be ended", "when", "from now on, such as 8h, or never"};
  add_change(app, context, words, Values::one, Seen::at_once, retire_call);
}

}  // namespace tally::cli
