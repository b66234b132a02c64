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

Result<> check_count(std::size_t rows, std::size_t regions) {
  const auto too_many = [](std::size_t most, const char* of_what) {
    return tl::unexpected(json::bad_reply("more than " + std::to_string(most) + of_what + ", which is not believable"));
  };
  if (rows > limits::rows_per_listing) return too_many(limits::rows_per_listing, " types and regions");
  if (regions > limits::locations_per_account) return too_many(limits::locations_per_account, " regions");
  return {};
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

RegionalRow RegionalTypeList::decode(const json::RawRow& raw, json::RowReader& row, bool is_object) {
  RegionalRow made;
  if (is_object) {
    decode_(raw.text, row, made);
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
  RowReading<RegionalRow> reading(memo_, "an instance type", limit);
  RegionalTypes answer;
  Answer<InstanceType>& types = answer.types;
  std::map<std::string, Location> locations;
  std::map<std::string, Rejected> rejected;
  const auto add = [&](const json::RawRow& raw, const RegionalRow& row) {
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
    return check_count(types.rows.size() + types.rejected.size(), locations.size());
  };
  for (const std::string& page : pages) {
    const Result<> read = reading.each(json::split_rows(page, field_, json::Container::list, limit),
                                       std::bind_front(&RegionalTypeList::decode, this), add);
    if (!read) return tl::unexpected(read.error());
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
