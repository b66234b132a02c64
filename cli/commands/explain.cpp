#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <iostream>

#include "cli/client/ssh_route.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/explanation.hpp"
#include "cli/subject.hpp"
#include "store/plain_json.hpp"
#include "store/row_json.hpp"

namespace tally::cli {
namespace json = boost::json;
namespace {

void show_to_person(const Context& context, Reader& reader, const Explanation& explanation) {
  const std::vector<Column> titles = columns_for(context, explanation.subject);
  Facts facts;
  for (const TableRow& row : read_for_people(context, reader, explanation.subject)) {
    for (std::size_t i = 0; i < titles.size(); ++i) {
      if (row.cells[i] != "-") facts.emplace_back(titles[i].title, row.cells[i]);
    }
  }
  std::cout << render(facts, context.table_style());
  for (const Section& section : explanation.sections) {
    const std::vector<TableRow> rows = read_for_people(context, reader, section.query);
    if (rows.empty()) continue;
    std::cout << '\n'
              << section.title << '\n'
              << render(columns_for(context, section.query), rows, context.table_style());
  }
}

/// The subject's row, with the rows of the other views that speak of it under those views' names.
json::object to_object(Reader& reader, const Explanation& explanation) {
  const Reader::Rows subject = read(reader, explanation.subject);
  json::object object = row_json(subject.columns, subject.rows.at(0));
  for (const Section& section : explanation.sections) {
    const Reader::Rows rows = read(reader, section.query);
    json::array items;
    for (const auto& row : rows.rows) items.push_back(row_json(rows.columns, row));
    object[section.view] = std::move(items);
  }
  return object;
}

void run_explain(const Context& context, const SubjectName& name) {
  Reader reader = context.open();
  const std::vector<Subject> subjects = find_subjects(reader, name, "'instance_type', 'instance', 'location'");
  if (subjects.size() != 1) refuse(name, subjects);
  const Subject& subject = subjects.front();
  const Explanation explanation =
      explanation_of(subject, subject.kind == "instance" ? words_of(ssh_route(context, reader, subject)) : "");
  switch (context.format) {
    case Format::json: std::cout << "[\n" << plain_json(to_object(reader, explanation)) << "\n]\n"; break;
    case Format::jsonl: std::cout << plain_json(to_object(reader, explanation)) << '\n'; break;
    case Format::csv: std::cout << to_text(context.format, read(reader, explanation.subject)); break;
    default: show_to_person(context, reader, explanation);
  }
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto name = std::make_shared<SubjectName>();
  CLI::App* command = app.add_subcommand("explain", "all that is known of one thing, and why it is in its state");
  name->add_options(*command, "id", "ID or name of a type, an instance or a location, or a part of one");
  command->callback([name, &context] { run_explain(context, *name); });
}

}  // namespace tally::cli
