// A table for people: aligned columns that fit the terminal. Pure.
#pragma once

#include <string>
#include <vector>

namespace tally::cli {

struct Column {
  std::string title;
  bool is_right_aligned = false;
  bool may_shrink = false;  // its cells are cut when the terminal is too narrow; never numbers
};

struct TableRow {
  std::vector<std::string> cells;
  bool is_dimmed = false;  // stale
};

struct TableStyle {
  std::size_t width = 0;  // of the terminal; 0: as wide as it takes
  bool has_colour = false;
  bool has_unicode = true;  // false: draw in ASCII
};

/// A table whose rows may come in parts. Its columns only ever become wider.
class Table {
 public:
  Table(std::vector<Column> columns, const TableStyle& style);

  /// The lines of some rows; before the first ones the titles.
  std::string add(const std::vector<TableRow>& rows);

 private:
  std::vector<Column> columns_;
  TableStyle style_;
  std::vector<std::size_t> natural_widths_;
  bool has_titles_ = false;
};

std::string render(const std::vector<Column>& columns, const std::vector<TableRow>& rows, const TableStyle& style);

/// Titles and their values, one a line.
using Facts = std::vector<std::pair<std::string, std::string>>;
std::string render(const Facts& facts, const TableStyle& style);

}  // namespace tally::cli
