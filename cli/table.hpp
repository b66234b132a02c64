// A table for people: aligned columns that fit the terminal. Pure.
#pragma once

#include <string>
#include <vector>

namespace tally::cli {

struct Column {
  std::string title;
  bool is_right_aligned = false;
  bool may_shrink = false;  // cut first when the terminal is too narrow
};

struct TableRow {
  std::vector<std::string> cells;
  bool is_dimmed = false;  // stale
};

struct TableStyle {
  std::size_t width = 0;  // of the terminal; 0: as wide as it takes
  bool has_colour = false;
};

std::string render(const std::vector<Column>& columns, const std::vector<TableRow>& rows, const TableStyle& style);

}  // namespace tally::cli
