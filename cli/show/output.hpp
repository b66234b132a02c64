// Query results for programs: JSON, JSON lines, CSV. Pure.
#pragma once

#include <string>

#include "store/reader.hpp"

namespace tally::cli {

enum class Format { table, wide, json, jsonl, csv };

/// In the format, one of those for programs. JSON: one array, keys as the columns, JSON columns nested. JSON lines: one
/// object a line. CSV: quoted as in RFC 4180, lines end in LF, NULL is empty, texts are exact (a cell that a
/// spreadsheet would take for a formula, too); it begins with the columns' names, unless the rows go on from earlier
/// ones.
std::string to_text(Format format, const Reader::Rows& rows, bool has_titles = true);

}  // namespace tally::cli
