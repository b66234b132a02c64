#include "providers/rest/regional_types.hpp"

#include <map>
#include <utility>

#include "cloud/limits.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/model_size.hpp"

namespace tally {
namespace {

template <class T>
void append(std::vector<T>& list, const std::vector<T>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::size_t measured(const RegionalRow& row) {
  ModelSize sum;
  sum.add(row.rows);
  sum.add(row.locations);
  for (const auto* rejected : {&row.rejected_types, &row.rejected_locations}) {
    sum.add(*rejected);
    sum.add(*rejected);  // the answer has copies
  }
  sum.add(row.odd);
  return sum.bytes();
}

std::optional<Error> find_refusal(std::size_t rows, std::size_t regions) {
  if (rows > limits::rows_per_listing) {
    return json::bad_reply("more than " + std::to_string(limits::rows_per_listing) +
                           " types and regions, which is not believable");
  }
  if (regions <= limits::locations_per_account) return std::nullopt;
  return json::bad_reply("more than " + std::to_string(limits::locations_per_account) +
                         " regions, which is not believable");
}

}  // namespace

Offering offering_of(RegionalTypes listed, const Scope& scope) {
  Offering offering;
  offering.types = in_location(std::move(listed.types), scope.location);
  offering.locations = std::move(listed.locations);
  return offering;
}

void RegionalRow::reject(std::string id, std::string region, std::string why) {
  rejected_types.push_back({std::move(id), std::move(why), ""});
  rejected_locations.push_back({std::move(region), "a type in it could not be read", ""});
}

void RegionalRow::reject_everywhere(const std::string& type, const std::string& fault) {
  if (!fault.empty()) reject("", "", fault);
  if (fault.empty()) rejected_types.push_back({type, "is offered in no region", ""});
}

RegionalRow RegionalTypeList::decode(std::string_view text) {
  RegionalRow made;
  json::RowReader row;
  const auto kind = row.parse(text);
  made.is_json = kind != json::RowReader::Kind::not_json;
  if (kind == json::RowReader::Kind::good) {
    decode_(text, row, made);
  } else {
    made.reject("", "", row.findings().fault);
  }
  made.size = measured(made);
  for (Row<Location>& place : made.locations) place = places_.share(std::move(place));
  return made;
}

Result<RegionalTypes> RegionalTypeList::read(std::span<const std::string> pages, WorkLimit limit) {
  Result<RegionalTypes> answer = last_.get(pages, [&] { return read_pages(pages, limit); });
  places_.forget_unused();
  return answer;
}

Result<RegionalTypes> RegionalTypeList::read_pages(std::span<const std::string> pages, WorkLimit& limit) {
  RowMemo<RegionalRow>::Reading reading(memo_);
  ModelSize size;
  RegionalTypes answer;
  Answer<InstanceType>& types = answer.types;
  std::map<std::string, Location> locations;
  std::map<std::string, Rejected> rejected;
  for (const std::string& page : pages) {
    const auto raw_rows = json::split_rows(page, field_, json::Container::list, limit);
    if (!raw_rows) return tl::unexpected(raw_rows.error());
    for (const json::RawRow& raw : *raw_rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      const RegionalRow& row = reading.get(raw.text, [this](std::string_view text) { return decode(text); });
      if (!row.is_json) return tl::unexpected(json::bad_reply("an instance type is not JSON"));
      size.add(row.size);
      if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
      for (const Rejected& type : row.rejected_types) {
        json::reject(types.rejected, type.id, type.reason, raw.text, redactor_);
      }
      for (const Rejected& region : row.rejected_locations) rejected.try_emplace(region.id, region);
      append(types.rows, row.rows);
      if (types.odd.size() < limits::odd_per_listing) append(types.odd, row.odd);
      for (const Row<Location>& location : row.locations) {
        Location& known = locations.try_emplace(location->name, *location).first->second;
        known.is_available = known.is_available || location->is_available;
      }
      if (auto refusal = find_refusal(types.rows.size() + types.rejected.size(), locations.size())) {
        return tl::unexpected(std::move(*refusal));
      }
    }
  }
  for (const auto& [name, location] : locations) {
    answer.locations.rows.push_back(std::make_shared<const Location>(location));
  }
  for (auto& [name, region] : rejected) {
    // Other types may tell of a rejected one's region.
    if (!locations.contains(name)) answer.locations.rejected.push_back(std::move(region));
  }
  reading.finish();
  return answer;
}

}  // namespace tally
