#include "providers/fluidstack/grants.hpp"

#include <array>
#include <set>
#include <string>

#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "runtime/contains.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::string_view action_prefix = "instances:";
constexpr std::array<std::string_view, 7> actions = {"list", "create", "delete", "read", "update", "start", "stop"};

/// Of others nobody knows what they let the key do.
bool is_known_word(std::string_view word) {
  return word.starts_with(action_prefix) && contains(actions, word.substr(action_prefix.size()));
}

}  // namespace

Result<std::optional<Grants>> read_grants(std::string_view body, WorkLimit limit) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::set<std::string> words;
  json::Parser parser;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    json::Value word;
    if (parser.parse(row.text, word) != json::Parsed::good) {
      return tl::unexpected(json::bad_reply("a capability is not JSON"));
    }
    if (word.kind == json::Value::Kind::text && is_known_word(word.text)) words.insert(word.text);
  }
  if (words.empty()) return std::nullopt;
  Grants grants;
  grants.creates = words.contains("instances:create");
  grants.terminates = words.contains("instances:delete");
  grants.stops_starts = words.contains("instances:stop") && words.contains("instances:start");
  return grants;
}

}  // namespace tally::fluidstack
