#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/client/instance_action.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/probe_report.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

SqlValue sql_value(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_string()) return std::string(value.get_string());
  return std::monostate();
}

/// The document as a row.
Reader::Rows to_rows(const json::object& document) {
  Reader::Rows rows;
  std::vector<SqlValue>& row = rows.rows.emplace_back();
  for (const auto& member : document) {
    rows.columns.emplace_back(member.key());
    row.push_back(sql_value(member.value()));
  }
  return rows;
}

Subject find_instance(const Context& context, const SubjectName& name) {
  Reader reader = context.open();
  return find_instance(reader, name);
}

void run_probe(Context& context, const SubjectName& name) {
  const Subject instance = find_instance(context, name);
  const ControlReply reply = ask_for(context, instance, "probe");
  const json::object* document = reply.body.if_object();
  if (!reply.is_ok() || document == nullptr) return;
  if (context.is_for_people()) {
    std::cout << probe_report(*document, title_of(instance), context.table_style());
  } else {
    std::cout << to_text(context.format, to_rows(*document));
  }
  const json::value* is_ok = document->if_contains("is_ok");
  if (is_ok == nullptr || *is_ok != 1) context.exit_code = 1;
}

}  // namespace

void add_probe(CLI::App& app, Context& context) {
  auto name = std::make_shared<SubjectName>();
  CLI::App* command =
      app.add_subcommand("probe", "have the daemon reach an instance over SSH now; exit code 1 when it cannot");
  name->add_options(*command, "instance", "ID or name of an instance, or a part of one");
  command->callback([name, &context] { run_probe(context, *name); });
}

}  // namespace tally::cli
