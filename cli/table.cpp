#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/format.hpp"

namespace tally::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 6;

std::vector<std::size_t> natural_widths(const std::vector<Column>& columns, const std::vector<TableRow>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = width_of(columns[i].title);
    for (const TableRow& row : rows) width = std::max(width, width_of(row.cells.at(i)));
    widths.push_back(width);
  }
  return widths;
}

/// Takes from the widest column that may shrink until the table fits, then from any.
void shrink(const std::vector<Column>& columns, std::vector<std::size_t>& widths, std::size_t limit) {
  const auto total = [&widths] {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + gap * (widths.size() - 1);
  };
  for (const bool only_willing : {true, false}) {
    while (total() > limit) {
      std::size_t* widest = nullptr;
      for (std::size_t i = 0; i < widths.size(); ++i) {
        if (only_willing && !columns[i].may_shrink) continue;
        if (widths[i] > narrowest && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
      }
      if (widest == nullptr) break;
      --*widest;
    }
  }
}

std::string line(const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                 const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = fit(cells[i], widths[i]);
    const std::string padding(widths[i] - std::min(widths[i], width_of(cell)), ' ');
    if (i > 0) text.append(gap, ' ');
    text += columns[i].is_right_aligned ? padding + cell : cell + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string render(const std::vector<Column>& columns, const std::vector<TableRow>& rows, const TableStyle& style) {
  std::vector<std::size_t> widths = natural_widths(columns, rows);
  if (style.width > 0) shrink(columns, widths, style.width);
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.push_back(column.title);
  const auto paint = [&style](const char* colour, const std::string& text) {
    return style.has_colour ? std::string(colour) + text + "\033[0m\n" : text + "\n";
  };
  std::string text = paint("\033[1m", line(columns, widths, titles));
  for (const TableRow& row : rows) {
    const std::string cells = line(columns, widths, row.cells);
    text += row.is_dimmed ? paint("\033[2m", cells) : cells + "\n";
  }
  return text;
}

}  // namespace tally::cli
