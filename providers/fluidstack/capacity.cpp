#include "providers/fluidstack/capacity.hpp"

#include <limits>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"

namespace tally::fluidstack {

Result<Capacity> Capacity::read(std::string_view body, WorkLimit limit) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  Capacity capacity;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const auto kind = reader.parse(row.text);
    if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("a capacity is not JSON"));
    std::string type;
    std::optional<std::int64_t> left;
    if (kind == json::RowReader::Kind::good) {
      const json::Fields fields = reader.fields();
      type = fields.text("name", limits::id);
      left = fields.integer("capacity", std::numeric_limits<std::int64_t>::min());
    }
    if (type.empty()) {
      capacity.is_whole_ = false;
    } else {
      capacity.types_[type] = left ? std::optional(*left > 0) : std::nullopt;
    }
  }
  return capacity;
}

std::optional<bool> Capacity::has(std::string_view type) const {
  if (const auto at = types_.find(type); at != types_.end()) return at->second;
  return is_whole_ ? std::optional(false) : std::nullopt;
}

}  // namespace tally::fluidstack
