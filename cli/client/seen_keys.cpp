#include "cli/client/seen_keys.hpp"

#include "cli/show/words.hpp"

namespace tally::cli {

SeenKeys read_seen_keys(Reader& reader, const Subject& instance) {
  SeenKeys keys;
  const std::string sql = "SELECT state, key_type, fingerprint_sha256, coalesce(public_key, ''), " +
                          time_sql("first_seen_at_ms") +
                          " FROM host_keys WHERE credential = ? AND cloud_id = ? ORDER BY first_seen_at_ms, key_type";
  for (const auto& row : reader.query(sql, {instance.credential, instance.id}).rows) {
    const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
    (text(0) == "changed" ? keys.changed : keys.expected).push_back({text(1), text(2), text(3), text(4)});
  }
  return keys;
}

}  // namespace tally::cli
