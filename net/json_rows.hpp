// Cuts a vendor's JSON reply into the raw text of its rows, each of which is then read by itself (json_fields.hpp), so
// that one impossible row costs one row. Only brackets and strings are looked at here: no memory but for the list of
// rows, however large the reply, and no more time than the limit of who asks. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::json {

struct RawRow {
  std::string key;         // the row's key when the rows are members of an object; "" in a list
  std::string_view text;   // into the reply
  std::string_view whole;  // with its key, as it stands in the reply
};

/// What the vendor documents its rows to be in. Another container is not the documented answer, even when it is empty.
enum class Container { list, object };

/// The rows of `{"<field>": [row, ...]}` or `{"<field>": {"key": row, ...}}`; where the field is "" the reply itself is
/// the container, `[row, ...]`. Else the reply must be one JSON object and nothing after it; its other fields are
/// checked to be JSON and ignored. A byte order mark is ignored. The rows point into `body`. Error
/// (service_unavailable): not UTF-8, not JSON, cut off, no such field, null, another container, more than
/// limits::rows_per_listing rows or limits::members_beside_rows other fields, over the limit.
Result<std::vector<RawRow>> split_rows(std::string_view body, std::string_view field, Container container,
                                       WorkLimit& limit);

/// The raw text of a member beside the rows, a page's cursor for instance; nothing when it is absent or null. Errors as
/// above.
Result<std::optional<std::string_view>> member_beside(std::string_view body, std::string_view name, WorkLimit& limit);

/// The raw text of the object in `{"<field>": {...}}`. Errors as above.
Result<std::string_view> single_row(std::string_view body, std::string_view field, WorkLimit& limit);

/// The reply itself as the one row.
Result<std::string_view> whole_row(std::string_view body);

/// An error for a reply that is not what it should be.
Error bad_reply(std::string message);

/// The error of an answer that took longer to read than an account may hold a worker for.
Error too_long_to_read();

}  // namespace tally::json
