// Folds the events of a catalog from the start and compares the tracked fields with the views: what a tool that only
// follows events must end up with.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace tally::fakes {

using Fields = std::map<std::string, std::string>;  // absent: NULL
using Subjects = std::map<std::string, Fields>;     // by "credential kind id"

inline std::string sql_text(const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : std::string();
}

inline Subjects fold_events(Reader& reader) {
  Subjects subjects;
  const auto events = reader.query(
      "SELECT credential, subject_kind, subject_id, kind, field, new, detail FROM events "
      "WHERE subject_kind IN ('instance_type', 'instance') ORDER BY id");
  for (const auto& row : events.rows) {
    const std::string kind = sql_text(row[3]);
    const std::string field = sql_text(row[4]);
    Fields& fields = subjects[sql_text(row[0]) + " " + sql_text(row[1]) + " " + sql_text(row[2])];
    if (kind == "type_added" || kind == "instance_added") {
      fields.clear();
      const auto detail = boost::json::parse(sql_text(row[6])).as_object();
      for (const auto& [key, value] : detail) {
        if (!value.is_null()) fields[key] = value.is_string() ? std::string(value.get_string()) : serialize(value);
      }
    } else if (!field.empty()) {
      if (std::holds_alternative<std::monostate>(row[5])) {
        fields.erase(field);
      } else {
        fields[field] = sql_text(row[5]);
      }
    }
  }
  return subjects;
}

/// The tracked fields as the views have them now, one line a difference to the fold.
inline std::vector<std::string> fold_differences(Reader& reader) {
  const Subjects folded = fold_events(reader);
  std::vector<std::string> differences;
  std::size_t compared = 0;
  const auto compare = [&](const Reader::Rows& rows, const std::string& kind) {
    for (const auto& row : rows.rows) {
      ++compared;
      const std::string subject = sql_text(row[0]) + " " + kind + " " + sql_text(row[1]);
      const auto at = folded.find(subject);
      for (std::size_t i = 2; i < row.size(); ++i) {
        const std::string& name = rows.columns[i];
        const bool is_known = at != folded.end() && at->second.contains(name);
        const std::string events_say = is_known ? at->second.at(name) : "";
        if (events_say != sql_text(row[i])) {
          differences.push_back(subject + " " + name + ": events say " + events_say + ", the view " + sql_text(row[i]));
        }
      }
    }
  };
  compare(reader.query("SELECT credential, instance_type_id, is_listed, is_available, availability_reason, "
                       "base_price_nanos AS price_nanos, currency FROM instance_types"),
          "instance_type");
  compare(reader.query("SELECT credential, instance_type_id, price_nanos AS \"price_nanos:spot\", "
                       "currency AS \"currency:spot\" FROM instance_type_prices WHERE usage_class = 'spot'"),
          "instance_type");
  compare(reader.query("SELECT credential, cloud_id, status, provider_status, public_ip, public_dns, private_ip, "
                       "ssh_port, price_nanos, currency, instance_type_id FROM instances"),
          "instance");
  if (compared == 0) differences.emplace_back("nothing to compare");
  return differences;
}

}  // namespace tally::fakes
