#include "api/service_discovery.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <utility>

#include "api/values.hpp"
#include "runtime/ascii.hpp"

namespace tally::api {
namespace json = boost::json;
namespace {

using Tags = std::map<std::pair<std::string, std::string>, json::object>;  // labels, by credential and cloud ID

/// A listing of which there is no row was never tried to its end. A list of locations that failed, or has none that can
/// be used, holds nobody up.
constexpr const char* not_listed_yet =
    "SELECT c.credential FROM credentials c WHERE c.removed_at_ms IS NULL AND CASE WHEN c.api_type = 'global'"
    " THEN NOT EXISTS (SELECT 1 FROM sync_states s WHERE s.credential = c.credential AND s.syncer = 'instances'"
    "   AND s.last_attempt_at_ms IS NOT NULL)"
    " ELSE NOT EXISTS (SELECT 1 FROM sync_states s WHERE s.credential = c.credential AND s.syncer = 'instance_types'"
    "   AND s.location = '' AND s.last_attempt_at_ms IS NOT NULL)"
    "  OR EXISTS (SELECT 1 FROM locations o WHERE o.credential = c.credential AND o.is_listed = 1"
    "   AND o.is_available = 1 AND NOT EXISTS (SELECT 1 FROM sync_states s WHERE s.credential = c.credential"
    "     AND s.syncer = 'instances' AND s.location = o.name AND s.last_attempt_at_ms IS NOT NULL)) END"
    " ORDER BY c.credential LIMIT 1";

constexpr const char* running =
    "SELECT coalesce(nullif(public_ip, ''), nullif(public_dns, ''), nullif(private_ip, '')) AS address, credential,"
    " cloud_id, provider, location, type, gpu_name, gpu_count, name, is_stale FROM running_instances"
    " WHERE credential IN (SELECT credential FROM credentials WHERE removed_at_ms IS NULL)"
    " ORDER BY credential, cloud_id";

constexpr const char* tags_of_running =
    "SELECT t.credential, t.cloud_id, t.key, t.value FROM instance_tags t JOIN running_instances i"
    " ON i.credential = t.credential AND i.cloud_id = t.cloud_id ORDER BY 1, 2, 3";

bool is_word_character(char c) { return ascii::is_letter_or_digit(c) || c == '_'; }

/// Of keys that become one label the first by name counts.
Tags read_tags(Reader& reader) {
  Tags tags;
  for (const std::vector<SqlValue>& row : reader.query(tags_of_running).rows) {
    const std::string label = "__meta_tallyd_tag_" + label_of_tag(label_text(row[2]));
    tags[{label_text(row[0]), label_text(row[1])}].emplace(label, label_text(row[3]));
  }
  return tags;
}

std::string target_of(const std::string& address, int port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace

std::string label_of_tag(const std::string& key) {
  std::string label = key;
  std::replace_if(label.begin(), label.end(), [](char c) { return !is_word_character(c); }, '_');
  return label;
}

std::string credential_not_listed_yet(Reader& reader) {
  const Reader::Rows found = reader.query(not_listed_yet);
  return found.rows.empty() ? std::string() : std::get<std::string>(found.rows.front().front());
}

json::array prometheus_targets(Reader& reader, int port) {
  Tags tags = read_tags(reader);
  const Reader::Rows found = reader.query(running);
  json::array targets;
  for (const std::vector<SqlValue>& row : found.rows) {
    const std::string address = label_text(row.front());
    if (address.empty()) continue;
    json::object labels = std::move(tags[{label_text(row[1]), label_text(row[2])}]);
    for (std::size_t i = 1; i < row.size(); ++i) {
      const std::string value = label_text(row[i]);
      if (!value.empty()) labels["__meta_tallyd_" + found.columns[i]] = value;
    }
    json::object entry;
    entry["targets"] = json::array{json::value(target_of(address, port))};
    entry["labels"] = std::move(labels);
    targets.emplace_back(std::move(entry));
  }
  return targets;
}

}  // namespace tally::api
