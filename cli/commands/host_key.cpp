#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/client/instance_action.hpp"
#include "cli/client/seen_keys.hpp"
#include "cli/commands/commands.hpp"
#include "cli/filters.hpp"
#include "cli/show/format.hpp"
#include "cli/show/words.hpp"
#include "net/url.hpp"

namespace tally::cli {
namespace {

const std::vector<Field> host_key_fields = {
    {{"INSTANCE", false, true}, "cloud_id"},
    {{"STATE"}, "state"},
    {{"TYPE"}, "key_type"},
    {{"FINGERPRINT"}, "fingerprint_sha256"},
    {{"PUBLIC KEY"}, "public_key", Shown::wide},
    {{"FIRST SEEN"}, time_sql("first_seen_at_ms")},
    {{"CREDENTIAL", false, true}, "credential"},
};

void show_keys(const Subject& instance, const SeenKeys& keys) {
  std::vector<TableRow> rows;
  const auto add = [&rows](const std::string& what, const std::vector<SeenKey>& list) {
    for (const SeenKey& key : list) rows.push_back({{what, plain(key.type), plain(key.fingerprint), key.first_seen}});
  };
  add("expected", keys.expected);
  add("answers", keys.changed);
  std::cerr << "the host key of " << title_of(instance) << " changed:\n"
            << render({{"KEY"}, {"TYPE"}, {"FINGERPRINT"}, {"FIRST SEEN"}}, rows, {});
}

bool is_confirmed() {
  std::cerr << "On the machine, ssh-keygen -lf /etc/ssh/ssh_host_..._key.pub tells its keys.\n"
               "Type \"yes\" to trust the one that answers: ";
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

void run_trust(Context& context, const SubjectName& name, bool is_asked) {
  const auto give_up = [&context](const std::string& why) {
    std::cerr << "tallyctl: " << why << '\n';
    context.exit_code = 1;
  };
  Reader reader = context.open();
  const Subject instance = find_instance(reader, name);
  const SeenKeys keys = read_seen_keys(reader, instance);
  if (keys.changed.empty()) return give_up(title_of(instance) + ": its host key has not changed");
  show_keys(instance, keys);
  if (is_asked) {
    if (isatty(STDIN_FILENO) == 0) throw StoreError("there is no terminal to ask on; --yes trusts the key", EX_USAGE);
    if (!is_confirmed()) return give_up("nothing is trusted");
  }
  // The fingerprint: it is the key that was looked at that is trusted, not one that came while somebody did.
  const std::string query = "fingerprint=" + encode_segment(keys.changed.front().fingerprint);
  if (ask_for(context, instance, "trust-host-key", query).is_ok()) std::cerr << "trusted\n";
}

void run_host_key_list(const Context& context, const Where& where) {
  Reader reader = context.open();
  Query query;
  query.from = "FROM host_keys" + where.text() + " ORDER BY credential, cloud_id, first_seen_at_ms, key_type";
  query.parameters = where.parameters();
  query.fields = host_key_fields;
  query.when_empty = "no host key is known: no instance has answered over SSH, or none matches";
  show(context, reader, query);
}

}  // namespace

void add_host_key(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("host-key", "the SSH host keys that instances are expected to have");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* list = group->add_subcommand("list", "the keys that were seen, and which of them are expected");
  auto where = add_filters(*list, "host-keys");
  list->callback([where, &context] { run_host_key_list(context, *where); });

  auto name = std::make_shared<SubjectName>();
  auto is_sure = std::make_shared<bool>(false);
  CLI::App* trust = group->add_subcommand("trust", "a host key that changed is right: expect it from now on");
  name->add_options(*trust, "instance", "ID or name of an instance, or a part of one");
  trust->add_flag("--yes", *is_sure, "do not ask");
  trust->callback([name, is_sure, &context] { run_trust(context, *name, !*is_sure); });
}

}  // namespace tally::cli
