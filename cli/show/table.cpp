#include "cli/show/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/show/format.hpp"

namespace tally::cli {
namespace {

using Widths = std::vector<std::size_t>;

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 6;
// A longer cell makes its own line longer, not everybody's.
constexpr std::size_t widest_padding = 100;

/// Takes from the widest column that may shrink until the table fits or none can give any more.
void shrink(const std::vector<Column>& columns, Widths& widths, std::size_t limit) {
  const auto total = [&widths] {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + gap * (widths.size() - 1);
  };
  while (total() > limit) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (columns[i].may_shrink && widths[i] > narrowest && (widest == nullptr || widths[i] > *widest)) {
        widest = &widths[i];
      }
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

std::string line(const std::vector<Column>& columns, const Widths& widths, const std::vector<std::string>& cells,
                 const TableStyle& style) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = style.width == 0 ? cells[i] : fit(cells[i], widths[i], style.has_unicode);
    const std::string padding(widths[i] - std::min(widths[i], width_of(cell)), ' ');
    if (i > 0) text.append(gap, ' ');
    text += columns[i].is_right_aligned ? padding + cell : cell + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  // Whole columns at the right end go before what says less than it should is left of each.
  return style.width == 0 ? text : fit(text, style.width, style.has_unicode);
}

std::string paint(const char* colour, const std::string& text, const TableStyle& style) {
  return style.has_colour ? std::string(colour) + text + "\033[0m" : text;
}

}  // namespace

Table::Table(std::vector<Column> columns, const TableStyle& style) : columns_(std::move(columns)), style_(style) {
  for (const Column& column : columns_) natural_widths_.push_back(width_of(column.title));
}

std::string Table::add(const std::vector<TableRow>& rows) {
  for (const TableRow& row : rows) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t width = std::min(width_of(row.cells.at(i)), widest_padding);
      natural_widths_[i] = std::max(natural_widths_[i], width);
    }
  }
  Widths widths = natural_widths_;
  if (style_.width > 0) shrink(columns_, widths, style_.width);
  std::string text;
  if (!has_titles_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    text = paint("\033[1m", line(columns_, widths, titles, style_), style_) + "\n";
    has_titles_ = true;
  }
  for (const TableRow& row : rows) {
    const std::string cells = line(columns_, widths, row.cells, style_);
    text += (row.is_dimmed ? paint("\033[2m", cells, style_) : cells) + "\n";
  }
  return text;
}

std::string render(const std::vector<Column>& columns, const std::vector<TableRow>& rows, const TableStyle& style) {
  return Table(columns, style).add(rows);
}

std::string render(const Facts& facts, const TableStyle& style) {
  std::size_t width = 0;
  for (const auto& [title, value] : facts) width = std::max(width, width_of(title));
  std::string text;
  for (const auto& [title, value] : facts) {
    text += paint("\033[1m", title, style) + std::string(width - width_of(title) + gap, ' ') + value + "\n";
  }
  return text;
}

}  // namespace tally::cli
