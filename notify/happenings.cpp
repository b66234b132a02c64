#include "notify/happenings.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include "notify/body.hpp"
#include "notify/matching.hpp"
#include "store/row_json.hpp"

namespace tally::notify {
namespace json = boost::json;

namespace {

constexpr std::int64_t events_at_once = 200;

std::string text_of(const json::object& row, const char* key) {
  const json::value& value = row.at(key);
  return value.is_string() ? std::string(value.get_string()) : std::string();
}

/// The first row, or null.
json::value first_row(Reader& reader, const std::string& sql, const std::vector<SqlValue>& parameters) {
  const Reader::Rows rows = reader.query(sql + " LIMIT 1", parameters);
  if (rows.rows.empty()) return nullptr;
  return row_json(rows.columns, rows.rows.front());
}

bool is_there(Reader& reader, const std::string& sql, const std::vector<SqlValue>& parameters) {
  return !reader.query("SELECT 1 WHERE EXISTS (" + sql + ")", parameters).rows.empty();
}

std::optional<double> price_in(const json::value& row) {
  if (!row.is_object()) return std::nullopt;
  const json::value* price = row.get_object().if_contains("price_per_hour");
  return price != nullptr && price->is_double() ? std::optional(price->get_double()) : std::nullopt;
}

/// Whether the type came with the first complete answer of its listing, or before. A location that the account had not
/// at first is news, with all that it has. Told by the order of events: clocks may step.
bool is_of_first_listing(Reader& reader, const std::string& credential, const std::string& id, std::int64_t event_id) {
  return is_there(reader,
                  "SELECT 1 FROM instance_types t JOIN credentials c USING (credential) LEFT JOIN listing_states l ON "
                  "l.credential = c.credential AND l.syncer = 'instance_types' AND l.location = CASE c.api_type WHEN "
                  "'global' THEN '' ELSE t.location END WHERE t.credential = ?1 AND t.instance_type_id = ?2 AND "
                  "(l.known_since_event_id IS NULL OR ?3 <= l.known_since_event_id) AND NOT EXISTS (SELECT 1 FROM "
                  "listing_states a JOIN events e USING (credential) WHERE c.api_type = 'locational' AND a.credential "
                  "= ?1 AND a.syncer = 'instance_types' AND a.location = '' AND e.kind = 'location_added' AND "
                  "e.subject_id = t.location AND e.id > a.known_since_event_id)",
                  {credential, id, event_id});
}

void read_type(Reader& reader, Happening& about) {
  const std::string credential = text_of(about.event, "credential");
  const std::string id = text_of(about.event, "subject_id");
  const std::string usage_class = text_of(about.event, "field").ends_with(":spot") ? "spot" : "on-demand";
  const std::string of_type = " WHERE credential = ? AND instance_type_id = ?";
  const std::string by_class = of_type + " ORDER BY usage_class <> ?";
  about.offer = first_row(reader, "SELECT * FROM offers" + by_class, {credential, id, usage_class});
  about.price_per_hour = price_in(
      first_row(reader, "SELECT price_per_hour FROM instance_type_prices" + by_class, {credential, id, usage_class}));
  for (const auto& row : reader.query("SELECT name FROM instance_type_gpus" + of_type, {credential, id}).rows) {
    if (const auto* name = std::get_if<std::string>(&row.front())) about.gpus.push_back(*name);
  }
  about.is_available =
      is_there(reader, "SELECT 1 FROM instance_types" + of_type + " AND is_available = 1", {credential, id});
  const std::string kind = text_of(about.event, "kind");
  if (kind == "type_added") {
    about.is_of_first_listing = is_of_first_listing(reader, credential, id, about.event.at("id").as_int64());
  }
  if (kind == "type_relisted") {
    about.is_told_apart = is_there(
        reader, "SELECT 1 FROM events WHERE subject_id = ? AND credential = ? AND at_ms = ? AND field = 'is_available'",
        {id, credential, about.event.at("at_ms").as_int64()});
  }
}

void read_instance(Reader& reader, Happening& about) {
  const std::vector<SqlValue> key{text_of(about.event, "credential"), text_of(about.event, "subject_id")};
  const std::string of_instance = " WHERE credential = ? AND cloud_id = ?";
  about.instance = first_row(reader, "SELECT * FROM instances" + of_instance, key);
  about.price_per_hour = price_in(about.instance);
  if (about.instance.is_object()) {
    if (const std::string gpu = text_of(about.instance.get_object(), "gpu_name"); !gpu.empty()) about.gpus = {gpu};
  }
  for (const auto& row : reader.query("SELECT key, value FROM instance_tags" + of_instance, key).rows) {
    about.tags.emplace(std::get<std::string>(row.at(0)), std::get<std::string>(row.at(1)));
  }
}

Happening read_happening(Reader& reader, json::object event) {
  Happening about;
  about.event = std::move(event);
  const std::string subject_kind = text_of(about.event, "subject_kind");
  if (subject_kind == "instance_type") read_type(reader, about);
  if (subject_kind == "instance") read_instance(reader, about);
  return about;
}

void look_at(Reader& reader, json::object event, const std::vector<ReadingRule>& rules, EventsRead& read) {
  const std::int64_t id = event.at("id").as_int64();
  std::vector<const Rule*> possible;
  for (const ReadingRule& each : rules) {
    if (id > each.read_event_id && may_match(*each.rule, event)) possible.push_back(each.rule.get());
  }
  if (possible.empty()) return;
  const Happening happening = read_happening(reader, std::move(event));
  for (const Rule* rule : possible) {
    if (!matches(*rule, happening)) continue;
    read.of_rules[rule->name].push_back({id, subject_of(happening.event), body_of(*rule, happening)});
  }
}

}  // namespace

EventsFound read_events(Reader& reader, const std::vector<ReadingRule>& rules) {
  std::int64_t after = std::numeric_limits<std::int64_t>::max();
  for (const ReadingRule& rule : rules) after = std::min(after, rule.read_event_id);
  EventsFound found;
  found.read.last_event_id = after;
  const Reader::Rows events =
      reader.query("SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?", {after, events_at_once});
  for (const auto& row : events.rows) {
    json::object event = row_json(events.columns, row);
    found.read.last_event_id = event.at("id").as_int64();
    look_at(reader, std::move(event), rules, found.read);
  }
  found.is_all = events.rows.size() < static_cast<std::size_t>(events_at_once);
  found.is_news = !events.rows.empty();
  return found;
}

}  // namespace tally::notify
