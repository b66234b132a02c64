#include "providers/shadeform/keys.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"

namespace tally::shadeform {
namespace {

/// "type base64" of "type base64 comment".
std::string_view without_comment(std::string_view line) {
  const std::size_t type_ends = line.find(' ');
  if (type_ends == std::string_view::npos) return line;
  return line.substr(0, line.find_first_of(" \r\n", type_ends + 1));
}

}  // namespace

Result<std::vector<SshKey>> read_keys(std::string_view body) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, "ssh_keys", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<SshKey> keys;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
    const json::Fields fields = reader.fields();
    SshKey key{fields.text("id", limits::id), fields.text("name"), fields.text("public_key", limits::public_key)};
    if (!key.id.empty()) keys.push_back(std::move(key));
  }
  return keys;
}

bool is_same_key(std::string_view one, std::string_view other) {
  return !one.empty() && without_comment(one) == without_comment(other);
}

std::string free_key_name(const std::vector<SshKey>& keys, const std::string& name) {
  const auto is_taken = [&keys](const std::string& wanted) {
    return std::any_of(keys.begin(), keys.end(), [&](const SshKey& key) { return key.name == wanted; });
  };
  std::string wanted = name;
  for (int n = 2; is_taken(wanted); ++n) wanted = name + "-" + std::to_string(n);
  return wanted;
}

}  // namespace tally::shadeform
