// What every command of tallyctl has in common: where the catalog is, and how to show rows.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"
#include "store/reader.hpp"

namespace tally::cli {

struct Context {
  std::filesystem::path config = "/etc/tallyd/tallyd.toml";
  std::filesystem::path state_dir;
  Format format = Format::table;
  int exit_code = 0;

  [[nodiscard]] Places places() const;

  /// Opens the catalog. Throws StoreError.
  [[nodiscard]] Reader open() const;
  [[nodiscard]] bool is_for_people() const { return format == Format::table || format == Format::wide; }
};

/// A query for the program formats: all columns of the view, or for people: those named here.
struct Query {
  std::string select;  // for people: columns in the order of `columns`, then is_stale
  std::string from;    // "FROM offers WHERE ... ORDER BY ..."
  std::vector<SqlValue> parameters;
  std::vector<Column> columns;
  std::string when_empty;  // told to a person when nothing matches
};

/// Runs and prints the query in the context's format. Answers the number of rows.
std::size_t show(const Context& context, Reader& reader, const Query& query);

/// Prints all rows as they are in the context's format.
void print(const Context& context, const Reader::Rows& rows);

void add_offers(CLI::App& app, Context& context);
void add_instances(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_sql(CLI::App& app, Context& context);
void add_credential(CLI::App& app, Context& context);
void add_vault(CLI::App& app, Context& context);

}  // namespace tally::cli
