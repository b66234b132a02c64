#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/client/control_client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/show/format.hpp"
#include "cli/show/words.hpp"
#include "net/url.hpp"

namespace tally::cli {
namespace {

constexpr std::chrono::seconds longest_test{90};  // a command may have to wait for one that runs
constexpr int refused_by_daemon = 403;

const std::vector<std::string> rule_columns = {
    "name",      "events",   "credential",           "gpu",       "max_price", "tag", "target", "waiting",
    "delivered", "given_up", "last_delivered_at_ms", "last_error"};
const std::vector<Column> rule_titles = {{"NAME"},
                                         {"EVENTS", false, true},
                                         {"CREDENTIAL"},
                                         {"GPU"},
                                         {"MAX PRICE", true},
                                         {"TAG"},
                                         {"TARGET", false, true},
                                         {"WAITING", true},
                                         {"DELIVERED", true},
                                         {"GIVEN UP", true},
                                         {"LAST DELIVERED"},
                                         {"LAST ERROR", false, true}};

std::string in_one_line(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

SqlValue or_null(const std::string& text) { return text.empty() ? SqlValue() : SqlValue(text); }

std::vector<SqlValue> deliveries_of(const NotifyConfig& rule, Reader& reader, bool is_for_people) {
  const std::string last = is_for_people ? time_sql("max(delivered_at_ms)") : "max(delivered_at_ms)";
  return reader
      .query(
          "SELECT count(CASE state WHEN 'waiting' THEN 1 END), count(CASE state WHEN 'delivered' THEN 1 END), "
          "count(CASE state WHEN 'given_up' THEN 1 END), " +
              last +
              ", (SELECT error FROM deliveries e WHERE e.notify = ?1 AND e.error IS NOT NULL ORDER BY e.id DESC "
              "LIMIT 1) FROM deliveries WHERE notify = ?1",
          {rule.name})
      .rows.at(0);
}

/// What the configuration says of a rule, with what the catalog has of its deliveries.
std::vector<SqlValue> rule_row(const NotifyConfig& rule, Reader* reader, bool is_for_people) {
  std::vector<SqlValue> row{rule.name,
                            in_one_line(rule.events),
                            or_null(rule.credential),
                            or_null(rule.gpu),
                            rule.max_price ? SqlValue(*rule.max_price) : SqlValue(),
                            rule.tag ? SqlValue(rule.tag->first + "=" + rule.tag->second) : SqlValue(),
                            rule.url.empty() ? in_one_line(rule.command) : shown_url(rule.url)};
  std::vector<SqlValue> counts{std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, SqlValue(), SqlValue()};
  if (reader != nullptr) counts = deliveries_of(rule, *reader, is_for_people);
  row.insert(row.end(), counts.begin(), counts.end());
  return row;
}

void print_rules(const Context& context, const Reader::Rows& rows) {
  if (!context.is_for_people()) return print(context, rows);
  if (rows.rows.empty()) {
    std::cerr << "no [[notify]] is in the configuration\n";
    return;
  }
  std::vector<TableRow> lines;
  for (const auto& values : rows.rows) {
    TableRow& line = lines.emplace_back();
    for (const SqlValue& value : values) {
      line.cells.push_back(std::holds_alternative<std::monostate>(value) ? "" : plain(value));
    }
  }
  std::cout << render(rule_titles, lines, context.table_style());
}

void run_notify_list(Context& context) {
  const ReadNotify read = notify_rules_of(context.config_file());
  for (const ConfigProblem& problem : read.problems) std::cerr << "tallyctl: " << to_text(problem) << '\n';
  if (!read.problems.empty()) context.exit_code = EX_CONFIG;
  std::error_code failure;
  std::optional<Reader> reader;
  if (std::filesystem::exists(context.catalog(), failure)) reader.emplace(context.open());
  Reader::Rows rows;
  rows.columns = rule_columns;
  for (const NotifyConfig& rule : read.rules) {
    rows.rows.push_back(rule_row(rule, reader ? &*reader : nullptr, context.is_for_people()));
  }
  print_rules(context, rows);
}

void run_notify_test(Context& context, const std::string& name) {
  const ControlReply reply =
      ask_daemon(context.places().control_socket, "POST", "/v1/notify/" + encode_segment(name) + "/test", longest_test);
  if (reply.is_ok()) {
    std::cerr << "delivered\n";
    return;
  }
  std::cerr << "tallyctl: " << plain(name) << ": " << plain(reply.detail()) << '\n';
  context.exit_code = reply.status == refused_by_daemon ? EX_NOPERM : 1;
}

}  // namespace

void add_notify(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("notify", "who is told of what happens");
  group->require_subcommand(1);
  group->fallthrough();
  group->add_subcommand("list", "the rules of the configuration, and what became of their deliveries")
      ->callback([&context] { run_notify_list(context); });
  auto name = std::make_shared<std::string>();
  CLI::App* test =
      group->add_subcommand("test", "have the daemon tell of a made-up event now; exit code 1 when it was not taken");
  test->add_option("name", *name, "name of a rule")->type_name("NAME")->required();
  test->callback([name, &context] { run_notify_test(context, *name); });
}

}  // namespace tally::cli
