// The history of a type drawn for a terminal. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "cli/show/table.hpp"
#include "store/reader.hpp"

namespace tally::cli {

/// A line a usage class and one for availability, over a time axis. `rows` have the columns history ('price' or
/// 'availability'), usage_class, from_ms, to_ms, confirmed_ms, price_per_hour, currency and is_available.
std::string history_picture(const Reader::Rows& rows, std::int64_t from_ms, std::int64_t to_ms,
                            const TableStyle& style);

}  // namespace tally::cli
