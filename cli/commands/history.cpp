#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/show/format.hpp"
#include "cli/show/history_picture.hpp"
#include "cli/show/words.hpp"
#include "cli/subject.hpp"

namespace tally::cli {
namespace {

struct HistoryArguments {
  SubjectName name;
  std::int64_t since_s = 7LL * 86400;
  std::int64_t limit = 20;
};

const std::vector<Field> history_fields = {
    {{"WHAT"}, "coalesce(usage_class, 'available')"},
    {{"FROM"}, time_sql("from_ms")},
    {{"TO"}, "coalesce(" + time_sql("to_ms") + ", 'now')"},
    {{"LASTED", true}, duration_sql("coalesce(to_ms, (SELECT ms FROM now_ms)) - from_ms")},
    {{"CONFIRMED"}, time_sql("confirmed_ms"), Shown::wide},
    {{"VALUE"},
     "CASE history WHEN 'price' THEN coalesce(" + price_sql() + ", 'unknown') ELSE " + availability_sql() + " END"},
};

/// Both histories of a type as one table: programs tell them apart by `history`.
Query query_of(const Subject& type, std::int64_t since_s) {
  Query query;
  query.from = R"(FROM (
    SELECT 'price' AS history, credential, instance_type_id, usage_class, from_ms, to_ms, confirmed_ms, price_nanos,
           price_per_hour, currency, NULL AS is_available, NULL AS availability_reason FROM price_history
    UNION ALL
    SELECT 'availability', credential, instance_type_id, NULL, from_ms, to_ms, confirmed_ms, NULL, NULL, NULL,
           is_available, availability_reason FROM availability_history)
    WHERE credential = ? AND instance_type_id = ? AND coalesce(to_ms, confirmed_ms) > (SELECT ms FROM now_ms) - ? * 1000
    ORDER BY history DESC, usage_class, from_ms)";
  query.parameters = {type.credential, type.id, since_s};
  query.fields = history_fields;
  return query;
}

/// Answers how many intervals there are.
std::size_t show_picture(const Context& context, Reader& reader, const Subject& type, std::int64_t since_s) {
  std::cout << plain(type.name) << " in " << plain(type.location) << " (" << plain(type.credential) << ", "
            << plain(type.id) << ")\n";
  const Reader::Rows rows = read(reader, query_of(type, since_s));
  if (rows.rows.empty()) {
    std::cout << "  nothing is known of that time\n";
    return 0;
  }
  const std::int64_t now_ms = std::get<std::int64_t>(reader.query("SELECT ms FROM now_ms").rows.at(0).at(0));
  std::cout << history_picture(rows, now_ms - since_s * 1000, now_ms, context.table_style());
  return rows.rows.size();
}

/// The latest of `count` intervals, in the order of time.
void show_list(const Context& context, Reader& reader, const Subject& type, const HistoryArguments& arguments,
               std::size_t count) {
  Query query = query_of(type, arguments.since_s);
  const std::size_t left_out = count - std::min(count, static_cast<std::size_t>(arguments.limit));
  query.from = "FROM (SELECT * " + query.from + ") ORDER BY from_ms, history DESC, usage_class LIMIT -1 OFFSET " +
               std::to_string(left_out);
  const std::vector<TableRow> rows = read_for_people(context, reader, query);
  if (rows.empty()) return;
  std::cout << '\n' << render(columns_for(context, query), rows, context.table_style());
  if (left_out > 0) std::cout << "(" << left_out << " earlier ones; --limit shows more)\n";
}

void run_history(const Context& context, const HistoryArguments& arguments) {
  Reader reader = context.open();
  const std::vector<Subject> types = find_subjects(reader, arguments.name, "'instance_type'");
  // One name is one product, in one region or in many.
  const bool is_one =
      std::all_of(types.begin(), types.end(), [&](const Subject& type) { return type.name == types.front().name; });
  if (types.empty() || !is_one) refuse(arguments.name, types);
  if (context.is_for_people()) {
    std::size_t count = 0;
    for (const Subject& type : types) {
      if (&type != &types.front()) std::cout << '\n';
      count = show_picture(context, reader, type, arguments.since_s);
    }
    if (types.size() == 1) {
      show_list(context, reader, types.front(), arguments, count);
    } else {
      std::cout << "\n(--location or --credential lists the intervals of one)\n";
    }
    return;
  }
  Reader::Rows all;
  for (const Subject& type : types) {
    Reader::Rows rows = read(reader, query_of(type, arguments.since_s));
    all.columns = std::move(rows.columns);
    std::move(rows.rows.begin(), rows.rows.end(), std::back_inserter(all.rows));
  }
  std::cout << to_text(context.format, all);
}

}  // namespace

void add_history(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<HistoryArguments>();
  CLI::App* command = app.add_subcommand("history", "price and availability of a type over time");
  arguments->name.add_options(*command, "type", "name or instance_type_id of a type, or a part of one");
  command->add_option("--since", arguments->since_s, "how far back, such as 90m, 12h or 7d")
      ->transform(takes_duration())
      ->type_name("TIME")
      ->default_str("7d");
  command->add_option("--limit", arguments->limit, "at most so many intervals in the list, the latest")
      ->transform(takes_whole_number())
      ->type_name("N")
      ->capture_default_str();
  command->callback([arguments, &context] { run_history(context, *arguments); });
}

}  // namespace tally::cli
