// Lists of rows as text, and what the row faults do to them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simcloud/faults.hpp"
#include "simcloud/reply.hpp"

namespace tally::simcloud {

/// The fields of a vendor's rows that faults work on.
struct RowFields {
  std::string_view malformed;  // put in front of a row to break it: `"status":17,`
  std::string_view number;     // whose value gets thirty digits: `"vcpus":`
  std::string_view price;      // in which a duplicate differs: `"hourly_price":`
};

/// Adds a row, as it is, broken, or twice; each row fault hits one row.
void append_row(std::string& list, const std::string& key, const std::string& row, const RowFields& fields,
                std::vector<Fault>& faults);

/// `{"<field>": [rows]}`, or with braces when `open` and `close` are those; without a field the list alone.
Reply list_reply(std::string_view field, char open, char close, const std::string& rows,
                 const std::vector<Fault>& faults);

}  // namespace tally::simcloud
