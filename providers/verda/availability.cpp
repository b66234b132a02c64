#include "providers/verda/availability.hpp"

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"

namespace tally::verda {
namespace {

constexpr std::size_t most_types = 10'000;  // at one place

}  // namespace

Result<Availability> Availability::read(std::string_view body, WorkLimit limit) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  Availability availability;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const auto kind = reader.parse(row.text);
    if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("an availability is not JSON"));
    const std::string location =
        kind == json::RowReader::Kind::good ? reader.fields().text("location_code", limits::id) : "";
    if (location.empty()) {
      if (availability.is_whole_) {
        availability.odd_.push_back(
            {"", "location_code", "of an availability cannot be read: what is not named is not known"});
      }
      availability.is_whole_ = false;
      continue;
    }
    const std::vector<std::string> types = reader.fields().deciding().texts("availabilities", most_types);
    Place& place = availability.places_[location];
    place.types.insert(types.begin(), types.end());
    const std::string& fault = reader.findings().fault;
    if (reader.fields().has("availabilities") && fault.empty()) place.is_said = true;
    if (!fault.empty() && availability.odd_.size() < limits::odd_per_listing) {
      availability.odd_.push_back({location, "availabilities", fault});
    }
  }
  return availability;
}

std::optional<bool> Availability::of(const std::string& type, const std::string& location) const {
  const auto place = places_.find(location);
  if (place == places_.end()) return is_whole_ ? std::optional(false) : std::nullopt;
  if (place->second.types.contains(type)) return true;
  return place->second.is_said ? std::optional(false) : std::nullopt;
}

std::optional<bool> Availability::anything_in(const std::string& location) const {
  const auto place = places_.find(location);
  if (place == places_.end()) return is_whole_ ? std::optional(false) : std::nullopt;
  if (!place->second.types.empty()) return true;
  return place->second.is_said ? std::optional(false) : std::nullopt;
}

std::vector<std::string> Availability::locations() const {
  std::vector<std::string> names;
  names.reserve(places_.size());
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

}  // namespace tally::verda
