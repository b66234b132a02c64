#include "providers/rest/account_keys.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"

namespace tally {
std::string_view without_comment(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\n";
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
  const std::size_t type_ends = line.find_first_of(blanks);
  if (type_ends == std::string_view::npos) return line;
  const std::string_view type = line.substr(0, type_ends);
  line = line.substr(0, line.find_first_of(blanks, type_ends + 1));
  return line.size() == type_ends + 1 ? type : line;
}

Result<std::vector<AccountKey>> read_account_keys(std::string_view body, std::string_view field) {
  WorkLimit limit;
  const auto rows = json::split_rows(body, field, json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<AccountKey> keys;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (reader.parse(row.text) != json::RowReader::Kind::good) continue;
    const json::Fields fields = reader.fields();
    AccountKey key{fields.text("id", limits::id), fields.text("name"), fields.text("public_key", limits::public_key)};
    if (!key.id.empty()) keys.push_back(std::move(key));
  }
  return keys;
}

bool is_same_key(std::string_view one, std::string_view other) {
  return !one.empty() && without_comment(one) == without_comment(other);
}

const AccountKey* find_key(const std::vector<AccountKey>& keys, std::string_view name) {
  const auto at = std::find_if(keys.begin(), keys.end(), [name](const AccountKey& key) { return key.name == name; });
  return at == keys.end() ? nullptr : &*at;
}

std::string free_key_name(const std::vector<AccountKey>& keys, const std::string& name) {
  std::string wanted = name;
  for (int n = 2; find_key(keys, wanted) != nullptr; ++n) wanted = name + "-" + std::to_string(n);
  return wanted;
}

}  // namespace tally
