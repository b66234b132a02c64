// What the commands of tallyctl have in common: where the catalog is, and how rows of it are shown.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/show/output.hpp"
#include "cli/show/table.hpp"
#include "config/config.hpp"
#include "store/reader.hpp"

namespace tally::cli {

struct Context {
  std::filesystem::path config;  // empty: not given, so the usual one, which need not be there
  std::filesystem::path state_dir;
  Format format = Format::table;
  int exit_code = 0;

  [[nodiscard]] std::filesystem::path config_file() const {
    return config.empty() ? std::filesystem::path("/etc/tallyd/tallyd.toml") : config;
  }

  /// Throws StoreError (78) when the configuration cannot be read, or is no TOML, and what is asked for stands in it.
  [[nodiscard]] Places places() const;

  /// The catalog's file; it need not exist.
  [[nodiscard]] std::filesystem::path catalog() const { return places().state_dir / "catalog.db"; }

  /// Opens the catalog. Throws StoreError.
  [[nodiscard]] Reader open() const { return Reader(catalog()); }
  [[nodiscard]] bool is_for_people() const { return format == Format::table || format == Format::wide; }
  [[nodiscard]] TableStyle table_style() const;
};

enum class Shown { always, wide };

/// A column that a person sees: an SQL expression over the view under a title.
struct Field {
  Field(Column column_, std::string sql_, Shown shown_ = Shown::always)
      : column(std::move(column_)), sql(std::move(sql_)), shown(shown_) {}

  Column column;
  std::string sql;
  Shown shown;
};

/// Rows of a view: programs get the view's columns, people the fields.
struct Query {
  std::string from;  // "FROM offers WHERE ... ORDER BY ..."
  std::vector<SqlValue> parameters;
  std::vector<Field> fields;
  std::string is_dimmed = "0";  // SQL; 1 for a row that is not to be relied on
  std::string when_empty;       // told to a person when nothing matches; "": nothing is told
};

/// The view's columns of the rows.
Reader::Rows read(Reader& reader, const Query& query);

/// What a person sees of the rows.
std::vector<Column> columns_for(const Context& context, const Query& query);
std::vector<TableRow> read_for_people(const Context& context, Reader& reader, const Query& query);

/// Runs and prints the query in the context's format.
void show(const Context& context, Reader& reader, const Query& query);

/// Whether any credential in force is not fresh: what status and health answer by their exit code.
bool has_failing_credential(Reader& reader);

/// Prints rows as they are; their columns' names are the titles.
void print(const Context& context, const Reader::Rows& rows);

}  // namespace tally::cli
