// The commands of tallyctl, each in the file of its name; those that are alike in power.cpp, changes.cpp and lists.cpp.
#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

void add_offers(CLI::App& app, Context& context);
void add_locations(CLI::App& app, Context& context);
void add_providers(CLI::App& app, Context& context);
void add_history(CLI::App& app, Context& context);
void add_instances(CLI::App& app, Context& context);
void add_burn(CLI::App& app, Context& context);
void add_orphans(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_create(CLI::App& app, Context& context);
void add_terminate(CLI::App& app, Context& context);
void add_stop(CLI::App& app, Context& context);
void add_start(CLI::App& app, Context& context);
void add_reboot(CLI::App& app, Context& context);
void add_resize(CLI::App& app, Context& context);
void add_tag(CLI::App& app, Context& context);
void add_change_type(CLI::App& app, Context& context);
void add_retire(CLI::App& app, Context& context);
void add_firewall(CLI::App& app, Context& context);
void add_operations(CLI::App& app, Context& context);
void add_quotas(CLI::App& app, Context& context);
void add_images(CLI::App& app, Context& context);
void add_probe(CLI::App& app, Context& context);
void add_host_key(CLI::App& app, Context& context);
void add_ssh(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_health(CLI::App& app, Context& context);
void add_notify(CLI::App& app, Context& context);
void add_sql(CLI::App& app, Context& context);
void add_credential(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_vault(CLI::App& app, Context& context);
void add_backup(CLI::App& app, Context& context);
void add_restore(CLI::App& app, Context& context);
void add_completion(CLI::App& app);
void add_man(CLI::App& app);

}  // namespace tally::cli
