// Query results for programs: JSON, JSON lines, CSV. Pure.
#pragma once

#include <string>

#include "store/reader.hpp"

namespace tally::cli {

enum class Format { table, wide, json, jsonl, csv };

/// JSON: one array, keys as the columns, JSON columns nested. JSON lines: one object a line. CSV: RFC 4180, NULL empty.
std::string to_json(const Reader::Rows& rows);
std::string to_json_lines(const Reader::Rows& rows);
std::string to_csv(const Reader::Rows& rows);

}  // namespace tally::cli
